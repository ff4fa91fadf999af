"""What switches one addon on the seed, and judges it by what MicroK8s and Kubernetes show.

An addon that this product enables is noted before, by the name that MicroK8s shows and with the
job. Another file has the addons whose enabling has begun: one that stands there although MicroK8s
shows it enabled was interrupted, and ``microk8s enable`` would say that it is enabled already.
"""

import shlex

from cluster.addon_names import canonical, repository
from deploy_scripts.fleet.error_text import PERMANENT
from deploy_scripts.fleet.marks import KEPT, OWN
from deploy_scripts.microk8s.facts import MICROK8S

ENABLE_SECONDS = 540
"""For one addon's own script: some wait in a loop without an end of their own."""
SETTLE_SECONDS = 60
"""Until MicroK8s shows what was switched: ``rbac`` restarts every API server, and others are shown
once their first pod is there."""
ADDON_TIMEOUT = ENABLE_SECONDS + 4 * SETTLE_SECONDS
KUBECTL = f"timeout -k 5 20 {MICROK8S} kubectl --request-timeout=10s"

# $name is the canonical name, $asked the one of the request, $place the repository if it has one.
FUNCTIONS = f"""
notes={OWN}/addons
begun=$notes.begun
nl='
'
# look: what MicroK8s shows of its addons, once it is ready; nothing while it is not.
look() {{
  shown=$(timeout {SETTLE_SECONDS + 20} {MICROK8S} status --wait-ready --timeout {SETTLE_SECONDS} \\
    --format short </dev/null 2>/dev/null) || shown=
  shown=$(printf '%s\\n' "$shown" | grep -E '^[a-z0-9-]+/[a-z0-9-]+: (enabled|disabled)$')
}}
# is STATE: does the last look show the addon so?
is() {{
  case "$nl$shown$nl" in
    *"${{nl}}${{place:-core}}/$name: $1$nl"*) return 0;;
    *"/$name: $1$nl"*) [ -z "$place" ] && return 0;;
  esac
  return 1
}}
is_there() {{ is enabled || is disabled; }}
# becomes STATE: wait for it, about a minute.
becomes() {{
  until=$(($(date +%s) + {SETTLE_SECONDS}))
  look
  while ! is "$1"; do
    [ "$(date +%s)" -lt "$until" ] || return 1
    sleep 2
    look
  done
}}
# switch VERB ADDON: run it; $printed is the end of what it printed, $ended its exit code.
switch() {{
  out=$(mktemp) || {{ echo "cannot $1 $2: is the disk full?" >&2; exit 1; }}
  {{ timeout -k 5 {ENABLE_SECONDS} {MICROK8S} "$1" "$2" </dev/null 2>&1; echo $? >"$out.rc"; }} |
    tee "$out"
  ended=$(cat "$out.rc"); printed=$(tail -c 2000 "$out")
  rm -f "$out" "$out.rc"
}}
last_line() {{ printf '%s\\n' "$printed" | grep '[^[:space:]]' | tail -1 | cut -c1-300; }}
missed_a_node() {{
  case "$printed" in *"Failed to reach node"*|*"Max retries exceeded"*) return 0;; esac
  return 1
}}
# require_ready WHAT, require_addon WHAT: look, and say why WHAT cannot be done.
require_ready() {{
  look
  [ -n "$shown" ] || {{
    echo "cannot $1: MicroK8s is not ready after {SETTLE_SECONDS} s" >&2; exit 1; }}
}}
# Where MicroK8s is older than the canonical name, it shows the alias alone.
require_addon() {{
  is_there || {{ name=$asked; is_there; }} || {{
    echo "{PERMANENT}cannot $1: this MicroK8s has no such addon, but" \\
      "$(printf '%s\\n' "$shown" | sed 's/.*\\///; s/:.*//' | sort -u | tr '\\n' ' ')" >&2
    exit 1
  }}
}}
# A note is a row "NAME" or "NAME JOB"; a file of before may end without the end of its row.
rows() {{ [ -f "$notes" ] && awk -v name="$row" "$1" "$notes"; }}
noted_by() {{ rows '$1 == name {{ print $2; exit }}'; }}
is_noted() {{ rows '$1 == name {{ found = 1 }} END {{ exit !found }}'; }}
# rewrite ROW: put it in place of the rows of this addon, or (empty) only take them out.
rewrite() {{
  {{ rows '$1 != name && NF'; [ -z "$1" ] || echo "$1"; }} >"$notes.new" &&
    mv "$notes.new" "$notes" || return 1
  [ -s "$notes" ] || rm -f "$notes"
}}
is_begun() {{ grep -qxF -- "$name" "$begun" 2>/dev/null; }}
begin() {{
  is_begun || {{ mkdir -p {OWN} && echo "$name" >>"$begun"; }} || {{
    echo "cannot write $begun: is the disk full?" >&2; exit 1; }}
}}
end() {{
  [ -f "$begun" ] || return 0
  grep -vxF -- "$name" "$begun" >"$begun.new"
  mv "$begun.new" "$begun" && {{ [ -s "$begun" ] || rm -f "$begun"; }}
}}
# pools: set $lent to the addresses that MetalLB gives away; fails where nobody can tell.
pools() {{
  if lent=$({KUBECTL} -n metallb-system get ipaddresspools.metallb.io \\
      -o 'jsonpath={{.items[*].spec.addresses[*]}}' </dev/null 2>&1); then return 0; fi
  why=$lent lent=
  case "$why" in
    *"doesn't have a resource type"*|*"not find the requested resource"*) return 0;;
  esac
  return 1
}}
# is_whole: is all there of what is shown enabled? Shown is an addon with its first pod, and
# MetalLB's script makes the pool of addresses at its very end. Of others nothing can be told.
is_whole() {{
  [ "$name" = metallb ] || return 0
  pools || {{
    echo "cannot enable $addon: Kubernetes does not tell its address pools:" \\
      "$(printf '%s\\n' "$why" | tail -1 | cut -c1-300)" >&2
    exit 1
  }}
  [ -n "$lent" ]
}}
sorted() (set -f; printf '%s\\n' $1 | sort | tr '\\n' ' ')
"""

ENABLE = (
    FUNCTIONS
    + f"""
require_ready "enable $addon"
require_addon "enable ${{addon%%:*}}"
row=$name
argument=${{addon#"${{addon%%:*}}"}}
if is enabled; then
  if ! is_begun && is_whole; then
    [ "$name" != metallb ] || [ -z "$argument" ] ||
      [ "$(sorted "$lent")" = "$(sorted "$(echo "${{argument#:}}" | tr ',' ' ')")" ] || {{
      echo "{PERMANENT}cannot enable $addon: metallb is enabled with other addresses," \\
        "$(echo "$lent" | cut -c1-300)" >&2
      exit 1
    }}
    exit 0
  fi
  # For MicroK8s it is enabled, so enabling would do nothing: what is there of it goes first.
  echo "finishing $name, whose enabling did not come to its end"
  begin
  switch disable "${{place:+$place/}}$name"
  becomes disabled || {{
    echo "cannot finish $addon, which is half enabled: it is not disabled; it said last:" \\
      "$(last_line)" >&2
    exit 1
  }}
elif [ -n "$noting" ]; then
  mkdir -p {OWN} && rewrite "$name${{job:+ $job}}" || {{
    echo "cannot write $notes: is the disk full?" >&2; exit 1; }}
fi
begin
switch enable "${{place:+$place/}}$name$argument"
if missed_a_node; then
  why=$(last_line)
  # Enabled for MicroK8s, and not on every node: enabling again would do nothing.
  if becomes enabled; then
    switch disable "${{place:+$place/}}$name" >/dev/null
    becomes disabled && end
  fi
  echo "cannot enable $addon: a node could not be reached, so it was taken back: $why" >&2; exit 1
fi
finish() {{
  is_whole || {{
    echo "cannot enable $addon: microk8s status shows it enabled, but it has no address pool;" \\
      "it said last: $(last_line)" >&2
    exit 1
  }}
  end
  exit 0
}}
# A refused connection is no verdict, nor is an exit code: what MicroK8s shows in the end is.
case "$ended:$printed" in
  0:*|*refused*|*[Uu]"nable to connect"*|*[Tt]"imed out"*|*[Tt]imeout*|*EOF*|*"not running"*)
    becomes enabled && finish;;
  *) look; is enabled && finish;;
esac
if is disabled; then end; fi
echo "cannot enable $addon: microk8s status does not show it enabled; it said last:" \\
  "$(last_line)" >&2
exit 1
"""
)

TAKE_BACK = (
    FUNCTIONS
    + f"""
row=$name; is_noted || {{ row=$asked; is_noted; }} || exit 0
theirs=$(noted_by)
if [ "$theirs" != "$job" ]; then
  echo "{KEPT}$row was enabled by ${{theirs:-a job that is not known}}"; exit 0
fi
forget() {{ end; rewrite '' || echo "{KEPT}the note of $row: it cannot be written"; }}
if [ ! -x {MICROK8S} ]; then forget; exit 0; fi
require_ready "disable $row"
is_there || {{ name=$row; is_there; }} || {{ forget; exit 0; }}
if is disabled; then
  echo "{KEPT}what $name's script did before it was interrupted: it was never shown enabled"
fi
switch disable "${{place:+$place/}}$name"
becomes disabled || {{
  echo "cannot disable $name: microk8s status does not show it disabled; it said last:" \
    "$(last_line)" >&2
  exit 1
}}
if missed_a_node; then echo "{KEPT}$name on a node that could not be reached: $(last_line)"; fi
forget
"""
)

DISABLE = (
    FUNCTIONS
    + """
require_ready "disable $asked"
require_addon "disable $asked"
if is disabled; then exit 0; fi
switch disable "${place:+$place/}$name"
if missed_a_node; then
  why=$(last_line)
  argument=${addon#"${addon%%:*}"}
  # Disabled for MicroK8s, and not on every node: disabling again would do nothing.
  becomes disabled && switch enable "${place:+$place/}$name$argument" >/dev/null
  echo "cannot disable $name: a node could not be reached, so it was enabled again: $why" >&2
  exit 1
fi
becomes disabled || {
  echo "cannot disable $name: microk8s status does not show it disabled; it said last:" \
    "$(last_line)" >&2
  exit 1
}
end
"""
)

SHOW = (
    "name= asked= place= addon=\n"
    + FUNCTIONS
    + """
require_ready "see which addons are enabled"
printf '%s\\n' "$shown"
name=metallb
if is enabled && pools && [ -n "$lent" ]; then echo "lent $(echo "$lent" | tr ' ' ',')"; fi
true
"""
)


def enable_script(addon: str, job: str = "", *, is_noted: bool = True) -> str:
    """Return what enables an addon; ``is_noted``: so that the undo of this job disables it."""
    return f"{_given(addon, job)}noting={'yes' if is_noted else ''}\n{ENABLE}"


def take_back_script(addon: str, job: str = "") -> str:
    """Return what disables an addon, if this job enabled it."""
    return f"{_given(addon, job)}{TAKE_BACK}"


def disable_script(addon: str) -> str:
    """Return what disables an addon, whoever enabled it."""
    return f"{_given(addon, '')}{DISABLE}"


def _given(addon: str, job: str) -> str:
    values = {
        "addon": addon,
        "name": canonical(addon),
        "asked": addon.split(":")[0].rpartition("/")[2],
        "place": repository(addon),
        "job": job,
    }
    return "".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items())
