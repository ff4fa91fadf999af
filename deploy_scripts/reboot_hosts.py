"""Reboot hosts that are nodes, and see each of them at work again.

What tells a reboot is the id that the kernel makes at each boot, never the end of a connection. It
is noted before the reboot is asked for, so whoever goes on after an attempt that was cut off sees
whether the host has rebooted already, and does not do so again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pyinfra.api import deploy

from deploy_scripts.fleet.errors import NotYet
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import FUNCTIONS, INSTALLED
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.microk8s.boot_state import BootState
from deploy_scripts.microk8s.looking import (
    AGAIN_SECONDS,
    LOOK_SECONDS,
    look,
    look_at_nodes,
    look_until,
    member_of,
)
from deploy_scripts.microk8s.readiness import lack_of, silence_of
from deploy_scripts.microk8s.snap_state import SnapState
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
"""A node in mid-reboot has no services, so a cancel waits until it is back."""
UNDO = "nothing"
"""A host that has rebooted is as it was."""
ASKS = False
TIMEOUT = 30
GONE_CODES = frozenset({"unreachable", "timeout"})
"""Codes of failures with which a host may well have heard that it is to reboot."""
ADVICE = (
    "look at its console, and once it is up at journalctl -b -u snap.microk8s.daemon-kubelite on "
    "it, then retry: a host that has rebooted is not rebooted again"
)

# Detached and a moment later, so that this script ends, and is answered, before the host goes. A
# sudo that uses a terminal hangs it up at that end, which is to reach nobody.
REBOOT = f"""
{FUNCTIONS}
if [ -e {INSTALLED} ] && ! same_cluster {INSTALLED}; then
  echo "permanent: cannot reboot: $(whose {INSTALLED}) put MicroK8s here" >&2; exit 1
fi
trap '' HUP
setsid sh -c 'sleep 1; systemctl reboot || reboot' >/dev/null 2>&1 </dev/null &
"""


@deploy("Reboot")
def reboot() -> None:
    """Have the host reboot in a moment; whether it did is read afterwards."""
    remote_script(name="Reboot", script=REBOOT, timeout=TIMEOUT, shows="systemctl reboot")


def apply(
    fleet: Fleet,
    *,
    before: Before,
    seed: str,
    hosts: Sequence[str],
    is_member: bool,
    look_seconds: float = LOOK_SECONDS,
) -> Result:
    """Reboot the hosts at once, and see each of them Ready in another boot, as ``seed`` sees it.

    ``is_member`` says whether they are control plane nodes. Raises ``NotYet`` while one is away or
    settles; a step that waits does not ask for the reboot once more.
    """
    boots, failures = fleet.try_facts(BootState, on=fleet.pending(hosts))
    before.note({host: boot["boot_id"] for host, boot in boots.items()})
    raise_for([each for each in failures if each.host not in before.noted], "cannot reboot")
    _ask(fleet, before, boots)
    waiting, are_back = look_until(
        lambda: _waited_for(fleet, before.noted, seed, hosts, is_member),
        lambda found: not found,
        seconds=0 if before.has_waited else look_seconds,
    )
    if not are_back:
        raise NotYet(
            "; ".join(waiting.values()),
            after=AGAIN_SECONDS,
            otherwise=f"cannot see {', '.join(waiting)} at work again after a reboot",
            advice=ADVICE,
        )
    return Result()


def _ask(fleet: Fleet, before: Before, boots: Mapping[str, Any]) -> None:
    """Have those hosts reboot that are in the boot in which they were, each once while it waits."""
    still = [host for host, boot in boots.items() if boot["boot_id"] == before.noted[host]]
    if before.has_waited:
        still = [host for host in still if _asked(host) not in before.noted]
    printed, failures = fleet.try_run(reboot, on=still, timeout=TIMEOUT)
    before.note(dict.fromkeys(map(_asked, printed), True))
    raise_for([each for each in failures if each.code not in GONE_CODES], "cannot reboot")


def _asked(host: str) -> str:
    return f"{host} was asked"


def _waited_for(
    fleet: Fleet, noted: Mapping[str, Any], seed: str, hosts: Sequence[str], is_member: bool
) -> dict[str, str]:
    """Return what each host lacks; one that lacks nothing is done."""
    pending = fleet.pending(hosts)
    boots, failures = fleet.try_facts(BootState, on=pending)
    lacking = {each.host: f"{each.host} is away ({each.message})" for each in failures}
    for host, boot in boots.items():
        if boot["boot_id"] == noted[host]:
            lacking[host] = f"{host} has not rebooted yet"
    back = [host for host in pending if host not in lacking]
    states, failures = fleet.try_facts(SnapState, on=back)
    lacking |= {each.host: each.message for each in failures}
    if not states:
        return lacking
    seen = look(fleet, seed=seed) if is_member else look_at_nodes(fleet, seed=seed)
    for host, state in states.items():
        lack = (
            lack_of(host, state, seen, is_member)
            or silence_of(host, seen, boots[host]["up_seconds"])
            or (_apart(fleet, host, seen, seed) if is_member else "")
        )
        if lack:
            lacking[host] = lack
        else:
            fleet.mark_done(host, f"rebooted, up for {boots[host]['up_seconds']} s")
    return lacking


def _apart(fleet: Fleet, host: str, seen: Mapping[str, Any], seed: str) -> str:
    """Return what a control plane node lacks to be one: its datastore, or its own API."""
    member = member_of(seen, host)
    if member is None or not member["alive"]:
        return f"the datastore of {host} does not answer"
    if host != seed and look_at_nodes(fleet, seed=host)["nodes"] is None:
        return f"the API server of {host} does not answer"
    return ""
