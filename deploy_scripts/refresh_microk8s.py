"""Refresh MicroK8s on nodes to a channel, until each is Ready in its new version.

A revert brings the former revision back, and with it the copy of the datastore that snapd made at
the refresh. So a control plane node may be reverted only while the others hold quorum: it comes
back as a member that lags behind, and catches up from them.
"""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from pyinfra.api import deploy
from pyinfra.context import host as current

from cluster.quorum import Operation
from deploy_scripts.fleet.errors import NotYet
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import FUNCTIONS, INSTALLED
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.install_microk8s import SNAPD
from deploy_scripts.microk8s.looking import (
    AGAIN_SECONDS,
    LOOK_SECONDS,
    look_at_nodes,
    look_until,
)
from deploy_scripts.microk8s.quorum_guard import require_quorum
from deploy_scripts.microk8s.readiness import lack_of
from deploy_scripts.microk8s.snap_state import SnapState
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
"""A node in mid-refresh has no services, so a cancel waits for its end."""
UNDO = "does"
ASKS = False
TIMEOUT = 1500
"""Seconds: a download takes minutes, a change in progress is waited for, and pods are stopped."""
ADVICE = (
    "look at journalctl -u snap.microk8s.daemon-kubelite on it and at 'snap changes microk8s', "
    "then retry"
)

# snapd carries a change on when whoever asked for it is gone: an earlier attempt's is waited for.
AWAIT_SNAPD = """
revision() { snap list microk8s 2>/dev/null | awk '$1 == "microk8s" {print $3}'; }
await_snapd() {
  n=0
  while [ -n "$(doing .)" ]; do
    [ $n -lt 900 ] || {
      echo "cannot go on: snapd still works on MicroK8s after $n s" >&2; exit 1; }
    n=$((n+1)); sleep 1
  done
}
follow() { # CHANNEL: see that the snap follows it now
  look
  [ "$tracking" = "$1" ] || {
    echo "cannot have microk8s follow $1: it follows ${tracking:-nothing}" >&2; exit 1; }
  case "$notes" in *held*) ;; *) again snap refresh --hold microk8s || exit 1;; esac
}
"""

REFRESH = f"""
{FUNCTIONS}{SNAPD}{AWAIT_SNAPD}
if [ -e {INSTALLED} ] && ! same_cluster {INSTALLED}; then
  echo "permanent: cannot refresh microk8s: $(whose {INSTALLED}) put it here" >&2; exit 1
fi
timeout 120 snap wait system seed.loaded
await_snapd
look
if [ -z "$tracking" ]; then
  echo 'permanent: cannot refresh microk8s: it is not installed' >&2; exit 1
fi
[ "$tracking" = "$channel" ] || again snap refresh microk8s "--channel=$channel" || exit 1
follow "$channel"
"""

# A revert leaves the channel as it is, and with it what the next refresh would bring.
REVERT = f"""
{SNAPD}{AWAIT_SNAPD}
await_snapd
[ "$(revision)" = "$to" ] || again snap revert microk8s "--revision=$to" || exit 1
[ "$(revision)" = "$to" ] || {{
  echo "cannot revert microk8s to revision $to: revision $(revision) is here" >&2; exit 1; }}
look
[ "$tracking" = "$channel" ] || again snap switch microk8s "--channel=$channel" || exit 1
follow "$channel"
"""


@deploy("Refresh MicroK8s")
def refresh(channel: str) -> None:
    """Have the snap follow a channel and take what is in it; the effect is read afterwards."""
    remote_script(
        name=f"Refresh MicroK8s to {channel}",
        script=f"channel={shlex.quote(channel)}\n{REFRESH}",
        timeout=TIMEOUT,
        shows=f"snap refresh microk8s --channel={channel}",
    )


@deploy("Wait for snapd")
def end_of_changes() -> None:
    """Wait until snapd does nothing to MicroK8s any more."""
    remote_script(
        name="Wait for snapd",
        script=f"{SNAPD}{AWAIT_SNAPD}await_snapd",
        timeout=TIMEOUT,
        shows="snap changes microk8s",
    )


@deploy("Revert MicroK8s")
def revert(noted: Mapping[str, Mapping[str, str]]) -> None:
    """Bring each host's former revision back, and the channel that it followed."""
    was = noted[current.name]
    head = f"to={shlex.quote(was['revision'])}\nchannel={shlex.quote(was['channel'])}\n"
    remote_script(
        name=f"Revert MicroK8s to {was['version']}",
        script=head + REVERT,
        timeout=TIMEOUT,
        shows=f"snap revert microk8s --revision={was['revision']}",
    )


def apply(
    fleet: Fleet,
    *,
    before: Before,
    seed: str,
    hosts: Sequence[str],
    channel: str,
    members: Sequence[str] = (),
    look_seconds: float = LOOK_SECONDS,
) -> Result:
    """Refresh the hosts at once, and see each run the version of its snap, as ``seed`` sees it.

    ``members`` are the control plane nodes, where the hosts are among them. Raises ``NotYet`` while
    one settles; a step that waits looks once.
    """
    pending = fleet.pending(hosts)
    states = fleet.facts(SnapState, on=pending)
    before.note({host: _noted(state) for host, state in states.items()})
    # A step that waits may have waited for the quorum only: what counts is the channel.
    behind = [host for host, state in states.items() if state["channel"] != channel]
    _, failures = fleet.try_run(refresh, on=behind, timeout=TIMEOUT, channel=channel)
    raise_for(failures, f"cannot refresh MicroK8s to {channel}")
    seconds = 0 if before.has_waited else look_seconds
    see_ready(fleet, seed=seed, hosts=pending, is_member=bool(members), seconds=seconds)
    return Result()


def undo(
    fleet: Fleet,
    *,
    before: Before,
    seed: str,
    hosts: Sequence[str],
    channel: str,
    members: Sequence[str] = (),
    look_seconds: float = LOOK_SECONDS,
) -> Result:
    """Bring the revisions back that were there before; a host that has its own still stays so.

    Raises as the quorum guard does where the other ``members`` do not hold quorum.
    """
    del channel
    pending = [host for host in fleet.pending(hosts) if host in before.noted]
    # What a killed attempt began goes on without it, and would come after the undo.
    fleet.run(end_of_changes, on=pending, timeout=TIMEOUT)
    states = fleet.facts(SnapState, on=pending)
    changed = [host for host in pending if _noted(states[host]) != before.noted[host]]
    if changed:
        if members:
            asked = [host for host in members if host not in fleet.lost]
            require_quorum(fleet, Operation.STOP, changed, control_plane=asked)
        _, failures = fleet.try_run(revert, on=changed, timeout=TIMEOUT, noted=dict(before.noted))
        raise_for(failures, "cannot revert MicroK8s")
    see_ready(fleet, seed=seed, hosts=pending, is_member=bool(members), seconds=look_seconds)
    for host in fleet.pending(hosts):
        fleet.mark_done(host, "was not refreshed")
    return Result()


def _noted(state: Mapping[str, Any]) -> dict[str, str]:
    """Return what a revert has to know of a host."""
    return {name: str(state[name]) for name in ("version", "revision", "channel")}


def see_ready(
    fleet: Fleet, *, seed: str, hosts: Sequence[str], is_member: bool, seconds: float
) -> None:
    """Return once every host is a Ready node in the version of its snap; raise ``NotYet`` else."""
    waiting, are_ready = look_until(
        lambda: _waited_for(fleet, seed, hosts, is_member), lambda found: not found, seconds=seconds
    )
    if not are_ready:
        raise NotYet(
            "; ".join(waiting.values()),
            after=AGAIN_SECONDS,
            otherwise=f"cannot see {', '.join(waiting)} Ready in the version that was refreshed to",
            advice=ADVICE,
        )


def _waited_for(fleet: Fleet, seed: str, hosts: Sequence[str], is_member: bool) -> dict[str, str]:
    """Return what each host lacks; one that lacks nothing is done."""
    pending = fleet.pending(hosts)
    if not pending:
        return {}
    states, failures = fleet.try_facts(SnapState, on=pending)
    seen = look_at_nodes(fleet, seed=seed)
    lacking = {failure.host: failure.message for failure in failures}
    for host, state in states.items():
        lack = lack_of(host, state, seen, is_member)
        if (
            not lack
            and is_member
            and host != seed
            and look_at_nodes(fleet, seed=host)["nodes"] is None
        ):
            lack = f"the API server of {host} does not answer"
        if lack:
            lacking[host] = lack
        else:
            fleet.mark_done(host, state["version"])
    return lacking
