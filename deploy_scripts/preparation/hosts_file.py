"""The nodes' names in a host's /etc/hosts, and in the template that cloud-init makes it from.

The block stands after the lines of 127.*, so that ``hostname -f`` goes on to say what it said. Only
where the resolver stops at the first line that names a host (no ``multi on`` in /etc/host.conf) it
stands before the first line that names one of the nodes. Another line that gives a node another
IPv4 address would be believed as well, so it is set aside as a comment; lines of loopback and IPv6
addresses are left alone.
"""

BEGIN, END = "# BEGIN clusterwright nodes", "# END clusterwright nodes"
ASIDE = "# set aside by clusterwright: "
REST = " # clusterwright: what is left of the line above"

# Reads the record and one file, prints what the file shall be: with the block of $names, or
# ($names empty) as it was. Rows of the block enter the record before anybody can see the result.
EDIT = f"""
function bare(line) {{ sub(/\\r$/, "", line); return line }}
function emit(line) {{ out[++n] = line }}
function is_loopback(address) {{ return address ~ /^(::ffff:)?127\\./ || address == "::1" }}
function outside(line,   text, words, count, i, address, kept, hit) {{
  text = bare(line); sub(/#.*/, "", text)
  count = split(text, words, /[ \\t]+/)
  i = words[1] == "" ? 2 : 1
  address = words[i]
  if (is_loopback(address)) {{ emit(line); return }}
  sub(/^::[fF][fF][fF][fF]:/, "", address)
  kept = ""; hit = 0
  for (i++; address !~ /:/ && i <= count; i++) {{
    if (words[i] == "") continue
    if ((tolower(words[i]) in wanted) && wanted[tolower(words[i])] != address) hit = 1
    else kept = kept " " words[i]
  }}
  if (!hit) {{ emit(line); return }}
  emit(aside line)
  if (kept != "") emit(address kept rest)
}}
# A template does not tell yet whom it will name.
function names_a_node(line,   words, count, i) {{
  sub(/#.*/, "", line)
  if (index(line, "{{{{")) return 1
  count = split(bare(line), words, /[ \\t]+/)
  for (i = 1; i <= count; i++) if (tolower(words[i]) in wanted) return 1
  return 0
}}
function is_ours(line) {{ return (line in ours) || !ours_known }}
function leave_block(complete,   i) {{
  for (i = 1; i <= held; i++)
    if (!((bare(hold[i]) in ours) || (complete && !ours_known))) outside(hold[i])
  held = 0; inside = 0
}}
# What whole blocks say of hosts that $names does not name stays said, and counts as planned.
function find_earlier(   i, j, k, line, words, count, named, opened) {{
  for (i = 1; i <= total; i++) {{
    line = bare(raw[i])
    if (line == "{BEGIN}") opened = i
    if (line != "{END}" || !opened) continue
    for (j = opened + 1; j < i; j++) {{
      line = bare(raw[j]); named = !is_ours(line); count = split(line, words, " ")
      for (k = 1; k <= count; k++) if (tolower(words[k]) in wanted || words[k] in taken) named = 1
      if (!named) earlier[++earlier_count] = line
    }}
    opened = 0
  }}
  for (i = 1; i <= earlier_count; i++) plan(earlier[i])
}}
function plan(line,   words, count, i) {{
  count = split(line, words, " "); taken[words[1]] = 1
  for (i = 2; i <= count; i++) wanted[tolower(words[i])] = words[1]
}}
function read_line(raw_line,   line) {{
  line = bare(raw_line)
  if (line == "{BEGIN}") {{ leave_block(0); inside = 1; was_aside = 0; return }}
  if (line == "{END}") {{
    if (inside) leave_block(1); else while (n > 0 && (bare(out[n]) in ours)) n--
    return
  }}
  if (inside) {{ hold[++held] = raw_line; return }}
  if (was_aside && index(line, rest) == length(line) - length(rest) + 1) {{ was_aside = 0; return }}
  was_aside = index(raw_line, aside) == 1
  outside(was_aside ? substr(raw_line, length(aside) + 1) : raw_line)
}}
BEGIN {{
  aside = "{ASIDE}"; rest = "{REST}"
  names = ENVIRON["names"]; record = ENVIRON["record"]
  while ((getline row < record) > 0) {{
    if (index(row, "block ") == 1) {{ ours[substr(row, 7)] = 1; ours_known = 1 }}
    if (index(row, "unended " file " ") == 1) {{
      unended = 1; unended_line = substr(row, length("unended " file " ") + 1)
    }}
  }}
  close(record)
  rows = split(names, planned, "\\n")
  for (r = 1; r <= rows; r++) plan(planned[r])
}}
{{ raw[++total] = $0 }}
END {{
  if (names != "") find_earlier()
  for (l = 1; l <= total; l++) read_line(raw[l])
  leave_block(0)
  place = 0
  while (out[place + 1] ~ /^## *template/) place++
  for (i = place + 1; i <= n && !(first && names_a_node(out[i])); i++)
    if (out[i] ~ /^[ \\t]*127\\./) place = i
  if (names != "") {{
    if (ends_open && !unended && total > 0) print "unended " file " " raw[total] >> record
    for (r = 1; r <= rows; r++) if (!(planned[r] in ours)) print "block " planned[r] >> record
    for (i = 1; i <= earlier_count; i++)
      if (!(earlier[i] in ours)) print "block " earlier[i] >> record
    if (close(record) > 0) exit 3
  }}
  for (i = 0; i <= n; i++) {{
    if (i > 0) {{
      if (i == n && names == "" && unended && out[n] == unended_line) printf "%s", out[i]
      else print out[i]
    }}
    if (i == place && names != "") {{
      print "{BEGIN}"
      for (r = 1; r <= rows; r++) print planned[r]
      for (r = 1; r <= earlier_count; r++) print earlier[r]
      print "{END}"
    }}
  }}
}}
"""

SHELL = """
# overwrite FILE NEW: for a file that is mounted, or a full disk: no block of it is given up before
# the new text stands there, and a failure puts the old text back.
overwrite() {
  old=/run/clusterwright-before.$$
  cp "$1" "$old" || return 1
  dd if="$2" of="$1" conv=notrunc status=none && truncate -r "$2" "$1" && cmp -s "$1" "$2"
  ended=$?
  [ "$ended" = 0 ] || { dd if="$old" of="$1" conv=notrunc status=none; truncate -r "$old" "$1"; }
  rm -f "$old"
  return "$ended"
}
# edit_hosts FILE: bring the block of $names into it, or (no names) take ours out of it.
edit_hosts() {
  file=$1; [ ! -L "$file" ] || file=$(readlink -f "$file")
  new=$file.clusterwright; ends_open=
  cp -a "$file" "$new" 2>/dev/null || { rm -f "$new"; new=/run/clusterwright-new.$$; }
  [ -z "$names" ] || noted_any "block " || [ -z "$(tail -c 1 "$file")" ] || ends_open=1
  record="$record" names="$names" awk -v first="$first" -v ends_open="$ends_open" -v file="$1" \\
    "$edit" "$file" >"$new" || { rm -f "$new"; return 1; }
  if cmp -s "$file" "$new"; then rm -f "$new"; return 0; fi
  case "$new" in "$file".*) mv "$new" "$file" 2>/dev/null && return 0; mounted=1;; esac
  overwrite "$file" "$new"; edited=$?
  rm -f "$new"
  return "$edited"
}
"""

# What stands in the file counts, whoever else writes it: one block of ours, with what was planned.
COMPARE = f"""
stands=$(awk -v begin="{BEGIN}" -v end="{END}" '
  $0 == begin {{ blocks++; inside = 1; next }}
  $0 == end {{ inside = 0; next }}
  inside
  END {{ if (blocks != 1 || inside) print blocks + 0 " whole blocks" }}' /etc/hosts)
what='keep the names of the nodes in /etc/hosts'; look='look for what else writes the file'
case "$stands$nl" in
  "$names$nl"*) rest=${{stands#"$names"}};;
  *) fail "$what: the block of Clusterwright was changed: $look";;
esac
while IFS= read -r row; do
  [ -z "$row" ] || noted "block $row" ||
    fail "$what: the block of Clusterwright says '$row', which was not planned: $look"
done <<ROWS
$rest
ROWS
"""

# On a node that another job prepared, the names that this one adds are noted as its own.
NOTE_ADDED = """
job_of "$record_rows"; theirs=$job; job_of "$marks"
if [ -n "$job" ] && [ "$theirs" != "$job" ]; then
  while IFS= read -r row; do
    [ -z "$row" ] || noted "block $row" || note "added $job $row"
  done <<ROWS
$names
ROWS
fi
"""

# Takes the rows that this job added out of the block, and leaves the others.
TAKE_ADDED_BACK = f"""
rows "added $job "; added=$found
if [ -n "$added" ]; then
  rows 'template '
  for file in /etc/hosts $found; do
    [ -e "$file" ] || continue
    new=/run/clusterwright-new.$$
    added="$added" awk '
      BEGIN {{ n = split(ENVIRON["added"], rows, "\\n"); for (i in rows) mine[rows[i]] = 1 }}
      $0 == "{BEGIN}" {{ inside = 1 }}
      $0 == "{END}" {{ inside = 0 }}
      !(inside && ($0 in mine))' "$file" >"$new" && {{
      cmp -s "$file" "$new" || overwrite "$file" "$new"; }} ||
      fail "take the names of nodes out of $file"
    rm -f "$new"
  done
  while IFS= read -r gone; do
    [ -z "$gone" ] || {{ forget "block $gone$nl"; forget "added $job $gone$nl"; }}
  done <<ROWS
$added
ROWS
fi
"""

WRITE = r"""
first=1
if [ -r /etc/host.conf ]; then
  while read -r word value _ || [ -n "$word" ]; do
    if [ "$word" = multi ]; then [ "$value" = on ] && first= || first=1; fi
  done </etc/host.conf
fi
note hosts
mounted=
if [ ! -e /etc/hosts ]; then note 'absent /etc/hosts'; : >/etc/hosts; chmod 644 /etc/hosts; fi
edit_hosts /etc/hosts || fail "write /etc/hosts: is the disk full, or the file immutable?"
[ -z "$mounted" ] || tell "/etc/hosts is mounted: whoever mounts it may write it anew"

# cloud-init makes the file anew at every boot where it manages it; the last setting counts.
if [ -d /etc/cloud ] && [ ! -e /etc/cloud/cloud-init.disabled ]; then
  set --
  for file in /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.d/*.cfg /run/cloud-init/cloud.cfg \
    /var/lib/cloud/instance/vendor-cloud-config.txt /var/lib/cloud/instance/cloud-config.txt; do
    [ ! -r "$file" ] || set -- "$@" "$file"
  done
  case "$(cat /dev/null "$@" | awk '
    /^manage_etc_hosts[ \t]*:/ {
      value = $0; sub(/^[^:]*:/, "", value); sub(/#.*/, "", value); gsub(/[^A-Za-z0-9]/, "", value)
    }
    END { print tolower(value) }')" in true|yes|on|1|template)
    templates=
    for family in $(. /etc/os-release 2>/dev/null && echo "$ID $ID_LIKE") redhat; do
      [ -n "$templates" ] || templates=$(ls "/etc/cloud/templates/hosts.$family.tmpl" 2>/dev/null)
    done
    if [ -z "$templates" ]; then
      tell "cloud-init writes /etc/hosts anew at every boot and has no template for this system: \
set manage_etc_hosts: false"
    else
      note "template $templates"
      edit_hosts "$templates" || fail "write $templates: is the disk full, or the file immutable?"
      tell "cloud-init makes /etc/hosts anew at every boot, so $templates has the names too"
    fi;;
  esac
fi
read_record
"""

RESOLVE = r"""
# One question for all names; only where the answers differ is each name asked for by itself.
# Loopback answers are left out: 127.0.1.1 is what installers give a host's own name.
all=$(printf '%s\n' "$names" | awk '{for (i=2; i<=NF; i++) print $1, $i}')
found=$(getent ahostsv4 $(printf '%s\n' "$all" | cut -d' ' -f2) |
  awk '$2=="STREAM" && $1 !~ /^127[.]/ {print $1}')
[ "$found" = "$(printf '%s\n' "$all" | cut -d' ' -f1)" ] ||
  printf '%s\n' "$all" | while read -r address name; do
    found=$(getent ahostsv4 "$name" |
      awk '$2=="STREAM" && $1 !~ /^127[.]/ && !seen[$1]++ {print $1}')
    one=${found%%"$nl"*}
    [ "$one" = "$address" ] || fail "resolve $name to $address: it leads to ${one:-nothing}, \
although /etc/hosts says so: look at 'hosts:' in /etc/nsswitch.conf and at what DNS says of $name"
    [ "$one" = "$found" ] || tell "$name leads to $address and to other addresses as well"
  done || exit 1
"""

TAKE_BACK = r"""
names= first=
if noted hosts; then
  edit_hosts /etc/hosts || trouble "take the block of nodes out of /etc/hosts"
  if noted 'absent /etc/hosts' && [ ! -s /etc/hosts ]; then rm -f /etc/hosts; fi
fi
rows 'template '
for file in $found; do
  [ ! -e "$file" ] || edit_hosts "$file" || trouble "take the block of nodes out of $file"
done
"""
