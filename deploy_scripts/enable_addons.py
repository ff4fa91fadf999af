"""Enable addons, one command each, once every node's cluster agent answers.

An addon that this product enables is noted on the seed before, by the name that MicroK8s shows and
with the job, so that ``undo`` disables what its own job enabled and nothing else.
"""

import shlex
from collections.abc import Sequence

from pyinfra.api import deploy

from cluster.addon_names import canonical, repository
from cluster.printable import visible
from deploy_scripts.fleet.error_text import PERMANENT
from deploy_scripts.fleet.errors import HostFailure, Permanent, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import KEPT, OWN
from deploy_scripts.fleet.outcome import headline_of
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.microk8s.facts import MICROK8S
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "does"
ASKS = False
ENABLE_SECONDS = 540
"""For one addon's own script: some wait in a loop without an end of their own."""
SETTLE_SECONDS = 60
"""Until MicroK8s shows what was switched: ``rbac`` restarts every API server, and others are shown
once their first pod is there."""
ADDON_TIMEOUT = ENABLE_SECONDS + 4 * SETTLE_SECONDS
LONGEST_DETAIL = 200
MOST_KEPT = 5
"""Lines of one addon; its script tells two at most."""

# $name is the canonical name, $asked the one of the request, $place the repository if it has one.
FUNCTIONS = f"""
notes={OWN}/addons
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
"""

# An unreachable agent leaves an addon half applied, so all are asked first.
ENABLE = (
    FUNCTIONS
    + f"""
for a in $agents; do
  timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/25000"' "$a" 2>/dev/null || {{
    echo "cannot enable $addon: the cluster agent at $a:25000 does not answer" >&2; exit 1; }}
done
look
[ -n "$shown" ] || {{
  echo "cannot enable $addon: MicroK8s is not ready after {SETTLE_SECONDS} s" >&2; exit 1; }}
# Where MicroK8s is older than the canonical name, it shows the alias alone.
is_there || {{ name=$asked; is_there; }} || {{
  echo "{PERMANENT}cannot enable ${{addon%%:*}}: this MicroK8s has no such addon, but" \\
    "$(printf '%s\\n' "$shown" | sed 's/.*\\///; s/:.*//' | sort -u | tr '\\n' ' ')" >&2
  exit 1
}}
if is enabled; then exit 0; fi
row=$name
mkdir -p {OWN} && rewrite "$name${{job:+ $job}}" || {{
  echo "cannot write $notes: is the disk full?" >&2; exit 1; }}
argument=${{addon#"${{addon%%:*}}"}}
switch enable "${{place:+$place/}}$name$argument"
if missed_a_node; then
  why=$(last_line)
  # Enabled for MicroK8s, and not on every node: enabling again would do nothing.
  becomes enabled && switch disable "${{place:+$place/}}$name" >/dev/null
  echo "cannot enable $addon: a node could not be reached, so it was taken back: $why" >&2; exit 1
fi
# A refused connection is no verdict, nor is an exit code: what MicroK8s shows in the end is.
case "$ended:$printed" in
  0:*|*refused*|*[Uu]"nable to connect"*|*[Tt]"imed out"*|*[Tt]imeout*|*EOF*|*"not running"*)
    becomes enabled && exit 0;;
  *) look; is enabled && exit 0;;
esac
echo "cannot enable $addon: microk8s status does not show it enabled; it said last:" \\
  "$(last_line)" >&2
exit 1
"""
)

DISABLE = (
    FUNCTIONS
    + f"""
row=$name; is_noted || {{ row=$asked; is_noted; }} || exit 0
theirs=$(noted_by)
if [ "$theirs" != "$job" ]; then
  echo "{KEPT}$row was enabled by ${{theirs:-a job that is not known}}"; exit 0
fi
forget() {{ rewrite '' || echo "{KEPT}the note of $row: it cannot be written"; }}
if [ ! -x {MICROK8S} ]; then forget; exit 0; fi
look
[ -n "$shown" ] || {{
  echo "cannot disable $row: MicroK8s is not ready after {SETTLE_SECONDS} s" >&2; exit 1; }}
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


@deploy("Enable an addon")
def enable(addon: str, agents: str, job: str = "") -> None:
    """Enable one addon from one node."""
    script = enable_script(addon, agents, job)
    shows = f"microk8s enable {addon}"
    remote_script(name=f"Enable {addon}", script=script, timeout=ADDON_TIMEOUT, shows=shows)


@deploy("Disable an addon")
def disable(addon: str, job: str = "") -> None:
    """Disable an addon that ``enable`` enabled for the same job."""
    script = disable_script(addon, job)
    shows = f"microk8s disable {addon}"
    remote_script(name=f"Disable {addon}", script=script, timeout=ADDON_TIMEOUT, shows=shows)


def enable_script(addon: str, agents: str, job: str = "") -> str:
    """Return what enables an addon, once the cluster agents at ``agents`` answer."""
    return f"{_given(addon, job)}addon={shlex.quote(addon)}\nagents={shlex.quote(agents)}\n{ENABLE}"


def disable_script(addon: str, job: str = "") -> str:
    """Return what disables an addon, if this job enabled it."""
    return f"{_given(addon, job)}{DISABLE}"


def _given(addon: str, job: str) -> str:
    asked = addon.split(":")[0].rpartition("/")[2]
    place = repository(addon)
    values = {"name": canonical(addon), "asked": asked, "place": place, "job": job}
    return "".join(f"{key}={shlex.quote(value)}\n" for key, value in values.items())


def apply(
    fleet: Fleet, *, before: Before, seed: str, addons: Sequence[str], hosts: Sequence[str]
) -> Result:
    """Enable each addon in turn; one that is enabled already is left as it is."""
    del before  # it is noted on the seed
    agents = " ".join(fleet.node_address(host) for host in hosts)
    for addon in addons:
        _, failures = fleet.try_run(
            enable, on=[seed], timeout=ADDON_TIMEOUT, addon=addon, agents=agents, job=fleet.mark.job
        )
        if failures:
            raise _failed(addon, failures[0])
    fleet.mark_done(seed, f"{len(addons)} enabled")
    return Result()


def _failed(addon: str, failure: HostFailure) -> Transient | Permanent:
    sentence = headline_of(failure)
    text = sentence if sentence.startswith("cannot ") else f"cannot enable {addon}: {sentence}"
    if any(line.startswith(PERMANENT) for line in failure.lines):
        advice = "correct the addon's name, or enable the repository that has it first"
        return Permanent(text, failures=[failure], advice=advice)
    advice = "bring every node up, then retry: enabling again is safe"
    return Transient(text, failures=[failure], advice=advice)


def undo(
    fleet: Fleet, *, before: Before, seed: str, addons: Sequence[str], hosts: Sequence[str]
) -> Result:
    """Disable, last first, what ``apply`` enabled; ``hosts`` matter for enabling only."""
    del hosts, before
    kept: list[str] = []
    for addon in reversed(addons):
        printed = fleet.run(
            disable, on=[seed], timeout=ADDON_TIMEOUT, addon=addon, job=fleet.mark.job
        )
        left = [line[:LONGEST_DETAIL] for line in printed[seed] if line.startswith(KEPT)]
        kept += left[:MOST_KEPT]
    text = "; ".join(kept) or "disabled what was enabled"
    fleet.mark_done(seed, visible(text))
    return Result()
