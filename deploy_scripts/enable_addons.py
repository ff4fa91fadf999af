"""Enable addons, one command each, once every node's cluster agent answers."""

import shlex
from collections.abc import Sequence

from pyinfra.api import deploy

from deploy_scripts.errors import Transient
from deploy_scripts.fleet import Fleet
from deploy_scripts.microk8s import MICROK8S, OWN
from deploy_scripts.shell import remote_script

INTERRUPTIBLE = True
ADDON_TIMEOUT = 600
"""Seconds for one addon: some wait in a loop without an end of their own."""

# An unreachable agent leaves an addon half applied, so all are asked first.
ENABLE = f"""
for a in $agents; do
  timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/25000"' "$a" 2>/dev/null || {{
    echo "cannot enable $addon: the cluster agent at $a:25000 does not answer" >&2; exit 1; }}
done
name=${{addon%%:*}}; name=${{name##*/}}
is_enabled() {{
  timeout 60 {MICROK8S} status --format short | grep -Eq "^[a-z0-9-]+/$name: enabled\\$"
}}
if is_enabled; then exit 0; fi
mkdir -p {OWN} && printf '%s\\n' "$name" >> {OWN}/addons
timeout -k 5 {ADDON_TIMEOUT - 60} {MICROK8S} enable "$addon" </dev/null
is_enabled && exit 0
echo "cannot enable $addon: microk8s status does not show it enabled" >&2
exit 1
"""

DISABLE = f"""
[ -f {OWN}/addons ] && grep -qxF "$name" {OWN}/addons || exit 0
timeout -k 5 {ADDON_TIMEOUT - 60} {MICROK8S} disable "$name" </dev/null
if timeout 60 {MICROK8S} status --format short | grep -Eq "^[a-z0-9-]+/$name: enabled\\$"; then
  echo "cannot disable $name: microk8s status still shows it enabled" >&2; exit 1
fi
kept=$(grep -vxF "$name" {OWN}/addons)
printf '%s' "$kept" > {OWN}/addons
"""


@deploy("Enable an addon")
def enable(addon: str, agents: str) -> None:
    """Enable one addon from one node."""
    head = f"addon={shlex.quote(addon)}\nagents={shlex.quote(agents)}\n"
    remote_script(name=f"Enable {addon}", script=head + ENABLE, timeout=ADDON_TIMEOUT)


@deploy("Disable an addon")
def disable(addon: str) -> None:
    """Disable an addon that ``enable`` enabled."""
    # The parameter is not called "name": pyinfra would take it for the operation's.
    head = f"name={shlex.quote(addon)}\n"
    remote_script(name=f"Disable {addon}", script=head + DISABLE, timeout=ADDON_TIMEOUT)


def apply(fleet: Fleet, *, seed: str, addons: Sequence[str], hosts: Sequence[str]) -> None:
    """Enable each addon in turn; one that is enabled already is left as it is."""
    agents = " ".join(fleet.node_address(host) for host in hosts)
    for addon in addons:
        _, failures = fleet.try_run(
            enable, on=[seed], timeout=ADDON_TIMEOUT, addon=addon, agents=agents
        )
        if failures:
            said = failures[0].lines[-1] if failures[0].lines else failures[0].message
            raise Transient(
                said if said.startswith("cannot ") else f"cannot enable {addon}: {said}",
                failures=failures,
                advice="bring every node up, then retry: enabling again is safe",
            )
    fleet.mark_done(seed, f"{len(addons)} enabled")


def undo(fleet: Fleet, *, seed: str, addons: Sequence[str], hosts: Sequence[str]) -> None:
    """Disable, last first, what ``apply`` enabled; ``hosts`` matter for enabling only."""
    del hosts
    for addon in reversed(addons):
        name = addon.split(":")[0].rpartition("/")[2]
        fleet.run(disable, on=[seed], timeout=ADDON_TIMEOUT, addon=name)
