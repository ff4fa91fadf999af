"""Shell functions that look at one addon on the seed, switch it, and note what is done."""

from deploy_scripts.fleet.error_text import PERMANENT
from deploy_scripts.fleet.marks import OWN
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
