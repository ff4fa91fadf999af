"""Kernel settings and modules that MicroK8s needs, judged by what is in force.

What suffices is left alone, what falls short is raised and read back. In a container neither can be
changed from inside, so the machine below has to be told, with the line to run there.
"""

SYSCTL_FILE = "/etc/sysctl.d/90-clusterwright.conf"
MODULES_FILE = "/etc/modules-load.d/clusterwright.conf"
SETTINGS = {
    "fs.aio-max-nr": 1048576,
    "fs.inotify.max_user_instances": 1024,
    "fs.inotify.max_user_watches": 1048576,
}
"""The datastore hangs where asynchronous I/O is used up; the kubelet watches many files."""
MODULES = ("br_netfilter", "overlay", "nf_conntrack", "vxlan")

SHELL = r"""
# container: its kind, or nothing on a machine.
container() {
  kind=$(systemd-detect-virt -c 2>/dev/null)
  [ -n "$kind" ] && [ "$kind" != none ] && { echo "$kind"; return; }
  cat /run/systemd/container 2>/dev/null && return
  [ -e /.dockerenv ] && { echo docker; return; }
  [ -e /run/.containerenv ] && { echo podman; return; }
  tr '\0' '\n' </proc/1/environ 2>/dev/null | sed -n 's/^container=//p' | head -1
}
# text FILE: its lines into $text, without a process of their own.
text() {
  text= line=
  while IFS= read -r line; do text="$text$line$nl"; done <"$1"
  text=$text$line
}
# put FILE TEXT: write a file of ours, and note the text first, so that undo knows it again.
put() {
  [ -f "$1" ] && text "$1" && [ "$text" = "$2" ] && return
  ! noted_any "wrote $1 " || forget "wrote $1 "
  while IFS= read -r line; do
    [ -z "$line" ] || note "wrote $1 $line"
  done <<TEXT
$2
TEXT
  printf '%s' "$2" >"$1.clusterwright" && chmod 644 "$1.clusterwright" &&
    mv "$1.clusterwright" "$1" ||
    fail "write $1: is the disk full, or its file system read-only?"
}
# take_away FILE: remove what put wrote; what somebody has changed since is theirs.
take_away() {
  [ ! -e "$1.clusterwright" ] || rm -f "$1.clusterwright"
  [ -e "$1" ] || return 0
  text "$1"; rows "wrote $1 "
  if [ -n "$found" ] && [ "$text" != "$found" ]; then
    tell "$1 stays: it was changed since"; return 0
  fi
  rm -f "$1" || trouble "remove $1"
}
"""

RAISE = rf"""
note sysctl
values=$(sysctl -n $keys) || fail "read sysctl $keys"
set -- $values
lines= short=
for pair in $settings; do
  key=${{pair%%=*}}; wanted=${{pair#*=}}; have=$1; shift
  case "$have" in ''|*[!0-9]*) fail "read sysctl $key: it says '$have'";; esac
  keep=$wanted
  if [ "$have" -ge "$wanted" ]; then keep=$have
  else
    noted_any "was $key " || note "was $key $have $wanted"
    short="$short $key=$wanted"
  fi
  lines="$lines$key = $keep$nl"
done
put {SYSCTL_FILE} "$lines"
if [ -n "$short" ]; then
  printed=$(sysctl -q -w $short 2>&1)
  for pair in $short; do
    key=${{pair%%=*}}; wanted=${{pair#*=}}; have=$(sysctl -n "$key")
    [ "$have" -ge "$wanted" ] || {{
      kind=$(container)
      [ -z "$kind" ] || hopeless "raise $key to $wanted: it stays $have, and this is a container \
($kind): run 'sysctl -w $key=$wanted' on the machine below, and put it into /etc/sysctl.d there"
      fail "raise $key to $wanted: it stays $have: $printed"
    }}
  done
fi

# At boot the files are read in the order of their names, wherever they are; the last one counts.
set --
for file in /etc/sysctl.d/*.conf /run/sysctl.d/*.conf /usr/local/lib/sysctl.d/*.conf \
  /usr/lib/sysctl.d/*.conf /lib/sysctl.d/*.conf; do
  [ "${{file##*/}}" \> "{SYSCTL_FILE.rpartition("/")[2]}" ] && [ -r "$file" ] && set -- "$@" "$file"
done
[ -e /etc/sysctl.d/99-sysctl.conf ] || [ ! -r /etc/sysctl.conf ] || set -- "$@" /etc/sysctl.conf
[ $# = 0 ] || settings="$settings" awk '
  BEGIN {{
    count = split(ENVIRON["settings"], pairs, " ")
    for (i = 1; i <= count; i++) {{ split(pairs[i], half, "="); least[half[1]] = half[2] }}
  }}
  FNR == 1 {{ name = FILENAME; sub(".*/", "", name); hidden = seen[name]++ }}
  !hidden && /^[ \t]*-?[a-z]/ {{
    at = index($0, "="); if (!at) next
    key = substr($0, 1, at - 1); gsub(/[ \t-]*$|^[ \t-]*/, "", key); gsub("/", ".", key)
    value = substr($0, at + 1) + 0
    if ((key in least) && value < least[key])
      print "note: " FILENAME " sets " key " to " value " at boot: raise it to " least[key]
  }}' "$@"
"""

LOAD = rf"""
# works MODULE: is it there, loaded, built in or in force in another way?
works() {{
  [ -d "/sys/module/$1" ] && return
  case $1 in
    overlay) grep -qw overlay /proc/filesystems && return;;
    br_netfilter) [ -d /proc/sys/net/bridge ] && return;;
    nf_conntrack) [ -e /proc/sys/net/netfilter/nf_conntrack_max ] && return;;
  esac
  grep -qs "^$1 " /proc/modules && return
  tr - _ <"/lib/modules/$(uname -r)/modules.builtin" 2>/dev/null | grep -q "/$1\.ko"
}}
# makes_vxlan: a device can be made, which loads the module where the kernel may do so.
makes_vxlan() {{
  ip link delete cwprobe0 2>/dev/null
  ip link add cwprobe0 type vxlan id 1 dstport 4789 2>/dev/null && ip link delete cwprobe0
}}
note modules
put {MODULES_FILE} "$(printf '%s\n' $modules)$nl"
for module in $modules; do
  works "$module" && continue
  printed=$(modprobe "$module" 2>&1)
  works "$module" && continue
  lsmod 2>/dev/null | grep -q "^$module " && continue
  [ "$module" = vxlan ] && makes_vxlan && continue
  what="load kernel module $module"; kernel=$(uname -r); kind=$(container)
  [ -z "$kind" ] || hopeless "$what: this is a container ($kind): run 'modprobe $module' on the \
machine below, and put $module into a file of /etc/modules-load.d there"
  command -v modprobe >/dev/null || hopeless "$what: there is no modprobe: install kmod"
  [ -n "$printed" ] || hopeless "$what: modprobe says nothing and it is not loaded: look for \
'install $module' or 'blacklist $module' in $(grep -ls "$module" /etc/modprobe.d/* | head -1)"
  [ -d "/lib/modules/$kernel" ] || hopeless "$what: /lib/modules has nothing for the running \
kernel $kernel: reboot into the kernel that is installed, or install the modules of this one"
  hopeless "$what: install linux-modules-extra-$kernel, or a kernel that has it: $printed"
done
"""

TAKE_BACK = rf"""
if noted sysctl; then
  take_away {SYSCTL_FILE}
  rows 'was '
  was=$found keys= back=
  while read -r key _; do keys="$keys $key"; done <<ROWS
$was
ROWS
  now=$nl$(sysctl $keys 2>/dev/null)$nl
  while read -r key value raised; do
    # Somebody else's value stays; without a third word, a preparation of before noted only two.
    case "$now" in
      *"$nl$key = $value$nl"*) ;;
      *"$nl$key = $raised$nl"*) back="$back $key=$value";;
      *"$nl$key = "*) [ -n "$raised" ] || back="$back $key=$value";;
    esac
  done <<ROWS
$was
ROWS
  if [ -n "$back" ]; then
    printed=$(sysctl -q -w $back 2>&1)
    now=$nl$(sysctl $keys 2>/dev/null)$nl
    for pair in $back; do
      key=${{pair%%=*}}; value=${{pair#*=}}
      case "$now" in
        *"$nl$key = $value$nl"*) ;;
        *) trouble "set $key back to $value: $printed";;
      esac
    done
  fi
fi
# Modules stay loaded: others may use them by now.
if noted modules; then take_away {MODULES_FILE}; fi
"""
