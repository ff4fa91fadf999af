"""What both joins share: the join itself under a lock, taking a node out, and starting afresh."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from time import monotonic, sleep
from typing import Any

from pyinfra.api import deploy

from deploy_scripts.errors import HostFailure, Permanent, StepError, Transient
from deploy_scripts.fleet import FACT_SECONDS, Fleet
from deploy_scripts.install_microk8s import INSTALL, REMOVE
from deploy_scripts.microk8s import (
    AWAIT_SECONDS,
    DATA,
    DQLITE,
    JOIN_LOCK,
    MICROK8S,
    OWN,
    REQUIRE_LEADER,
    ClusterNodes,
    ClusterView,
    HostRole,
    SettledView,
)
from deploy_scripts.observation import compare, describe
from deploy_scripts.shell import remote_script

JOIN_TIMEOUT, LEAVE_TIMEOUT, REMOVE_TIMEOUT = 420, 420, 180
SETTLE_SECONDS = 300
PAUSES = (0.05, 0.08, 0.11, 0.17, 0.25, 0.38, 0.57, 0.85, 1.3, 2.0)
"""Seconds between looks: what has waited for longer is looked at less often."""

# A join that a lost Celery worker left running is waited for, then its effect decides. The output
# goes to a file, so that a broken SSH connection does not kill the join half-way.
JOIN = f"""
IFS= read -r own && IFS= read -r url || exit 1
exec 9>{JOIN_LOCK}
flock -w {JOIN_TIMEOUT} 9 || {{ echo 'cannot join: another join still runs here' >&2; exit 1; }}
L={DATA}/var/lock
if [ ! -e "$L/join-in-progress" ]; then
  if [ -e "$L/clustered.lock" ]; then echo 'joined already'; exit 0; fi
  if [ -e "$L/no-cert-reissue" ] && grep -q "$own:19001" {DATA}/var/kubernetes/backend/cluster.yaml
  then echo 'joined already'; exit 0; fi
fi
umask 077
log=$(mktemp /run/clusterwright-join.XXXXXX)
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
# The script's own time-out ends the join too; another one here would show the URL for as long.
unreached=
{MICROK8S} join "$url" $role >"$log" 2>&1
rc=$?
unset url
sed 's/[0-9a-f]\\{{32\\}}[0-9a-f\\/]*/*MASKED*/g' "$log" | tail -n 12
grep -Eq '^(ConnectionRefusedError|TimeoutError|OSError): ' "$log" && unreached=yes
rm -f "$log"
[ $rc -eq 0 ] && exit 0
# Only a join that got no answer, or a refusal, has changed nothing here. After any other end the
# lock stays: it is the mark of a half-joined host, which has to start afresh.
case "$rc$unreached" in
  4|5|6) rm -f "$L/join-in-progress";;
  *yes) [ -e {DATA}/certs/ca.remote.crt ] || rm -f "$L/join-in-progress";;
esac
exit 1
"""

LEAVE = f"""{DQLITE}{REQUIRE_LEADER}
require_leader 'leave the cluster'
timeout -k 5 {LEAVE_TIMEOUT - 20} {MICROK8S} leave; rc=$?
if [ $rc -eq 3 ]; then
  # The only voter of two: a graceful stop hands the vote over, and the seed strikes it out.
  timeout -k 5 120 {MICROK8S} stop
fi
true
"""

STRIKE = (
    DQLITE
    + REQUIRE_LEADER
    + f"""
require_leader "strike $node out"
timeout -k 5 120 {MICROK8S} remove-node "$node" --force
case "$(dq .cluster)" in *"\\"$address:19001\\""*) dq ".remove $address:19001";; esac
true
"""
)

AFRESH = f"""
if [ ! -e {OWN}/installed-microk8s ]; then
  echo "permanent: cannot start afresh: MicroK8s was on this host before, and is half joined" \\
    "to a cluster; run 'snap remove --purge microk8s' on it, then retry" >&2
  exit 1
fi
channel=$(snap list microk8s 2>/dev/null | awk '$1=="microk8s" {{print $4}}')
[ -n "$channel" ] || channel=$wanted
({REMOVE}) || exit 1
{INSTALL}
"""


@deploy("Join the cluster")
def join(urls: Mapping[str, str], addresses: Mapping[str, str], worker: bool) -> None:
    """Join every host of the run with its own URL."""
    role = "--worker" if worker else ""
    remote_script(
        name="Join the cluster",
        script=f"role={role}\n{JOIN}",
        timeout=JOIN_TIMEOUT,
        secrets={host: f"{addresses[host]}\n{url}\n" for host, url in urls.items()},
    )


@deploy("Leave the cluster")
def leave() -> None:
    """Leave; whether it worked is read from the cluster."""
    remote_script(name="Leave the cluster", script=LEAVE, timeout=LEAVE_TIMEOUT)


@deploy("Strike a node out")
def strike(node: str, address: str) -> None:
    """Remove a node that left or is dead; whether it worked is read from the cluster."""
    head = f"node={shlex.quote(node)}\naddress={shlex.quote(address)}\n"
    remote_script(name=f"Strike {node} out", script=head + STRIKE, timeout=REMOVE_TIMEOUT)


@deploy("Start afresh")
def start_afresh(wanted: str) -> None:
    """Purge a half-joined MicroK8s of ours and install it again from its channel."""
    remote_script(
        name="Purge and install again",
        script=f"wanted={shlex.quote(wanted)}\n{AFRESH}",
        timeout=2100,
    )


def look(fleet: Fleet, *, seed: str) -> dict[str, Any]:
    """Return the cluster as the seed sees it, with hosts named."""
    return _named(fleet, seed, fleet.facts(ClusterView, on=[seed])[seed])


def look_when_settled(fleet: Fleet, *, seed: str, members: int, voters: int) -> dict[str, Any]:
    """The same, once the seed sees so many members and voters, or ``AWAIT_SECONDS`` later."""
    timeout = FACT_SECONDS + AWAIT_SECONDS
    found = fleet.facts(SettledView, on=[seed], timeout=timeout, members=members, voters=voters)
    return _named(fleet, seed, found[seed])


def _named(fleet: Fleet, seed: str, view: Mapping[str, Any]) -> dict[str, Any]:
    addresses = {name: fleet.node_address(name) for name in fleet.names}
    return describe(view, viewer=seed, addresses=addresses)


def look_at_nodes(fleet: Fleet, *, seed: str) -> dict[str, Any]:
    """Return the Kubernetes nodes as the seed sees them, with hosts named; no members."""
    found = fleet.facts(ClusterNodes, on=[seed])[seed]
    return _named(fleet, seed, {"members": [], "leader": "", "has_leader": False, **found})


def as_observation(fleet: Fleet, seen: Mapping[str, Any], seed: str) -> dict[str, Any]:
    """Return what the seed saw as an observation of the control plane as far as it has formed."""
    addresses = {name: fleet.node_address(name) for name in fleet.names}
    roles = {row["host"]: "control-plane" for row in seen["members"] if row["host"] in addresses}
    kept = {
        name: seen[name] for name in ("members", "nodes", "nodes_error", "leader", "has_leader")
    }
    findings = [finding.as_dict() for finding in compare(seen, roles, addresses)]
    return {**kept, "seen_by": [seed], "findings": findings}


def role_of(fleet: Fleet, host: str) -> dict[str, Any]:
    """Return what ``host`` is to MicroK8s, once no join runs on it any more."""
    return roles_of(fleet, [host])[host]


def roles_of(fleet: Fleet, hosts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what each host is to MicroK8s, once no join runs on any of them any more."""
    return wait_for(
        lambda: fleet.facts(HostRole, on=hosts),
        lambda found: not any(role["joining"] for role in found.values()),
        seconds=JOIN_TIMEOUT,
        otherwise=f"cannot join {', '.join(hosts)}: a join left by an earlier attempt still runs",
    )


def wait_for(
    look_once: Callable[[], dict[str, Any]],
    enough: Callable[[dict[str, Any]], bool],
    *,
    seconds: float,
    otherwise: str,
) -> dict[str, Any]:
    """Look until it is enough; raise ``Transient`` with ``otherwise`` when time runs out."""
    deadline = monotonic() + seconds
    tries = 0
    while True:
        seen = look_once()
        if enough(seen):
            return seen
        if monotonic() >= deadline:
            raise Transient(f"{otherwise} after {seconds:.0f} s")
        sleep(PAUSES[min(tries, len(PAUSES) - 1)])
        tries += 1


def member_of(seen: Mapping[str, Any], host: str) -> dict[str, Any] | None:
    """Return the datastore's entry of ``host``, if it is listed."""
    found: dict[str, Any] | None = next((r for r in seen["members"] if r["host"] == host), None)
    return found


def node_of(seen: Mapping[str, Any], host: str) -> dict[str, Any] | None:
    """Return the Kubernetes node of ``host``, if it is listed."""
    nodes = seen["nodes"] or []
    found: dict[str, Any] | None = next((row for row in nodes if row["host"] == host), None)
    return found


def take_out(fleet: Fleet, *, seed: str, host: str) -> None:
    """Take ``host`` out of the datastore and of Kubernetes; its effect is read from the seed."""
    seen = look(fleet, seed=seed)
    node = node_of(seen, host)
    name = node["name"] if node else fleet.node_address(host)
    fleet.run(
        strike, on=[seed], timeout=REMOVE_TIMEOUT, node=name, address=fleet.node_address(host)
    )
    wait_for(
        lambda: look(fleet, seed=seed),
        lambda now: member_of(now, host) is None and node_of(now, host) is None,
        seconds=60,
        otherwise=f"cannot take {host} out of the cluster: {seed} still lists it",
    )


def part(fleet: Fleet, *, seed: str, host: str) -> None:
    """Undo a join: leave where the host answers, strike it out on the seed, read the effect."""
    found, unreachable = fleet.try_facts(HostRole, on=[host])
    role = found[host]["role"] if found else "unreachable"
    if role in {"control-plane", "worker", "half-joined", "joining"} and not unreachable:
        fleet.try_run(leave, on=[host], timeout=LEAVE_TIMEOUT)
    seed_role = fleet.facts(HostRole, on=[seed])[seed]["role"]
    if seed_role == "not-installed":
        return
    seen = look(fleet, seed=seed)
    if member_of(seen, host) or node_of(seen, host):
        take_out(fleet, seed=seed, host=host)


def explain(failures: tuple[HostFailure, ...], what: str) -> StepError:
    """Name what a failed join means; the texts are those of MicroK8s' cluster agent."""
    said = "\n".join(line for failure in failures for line in failure.lines)
    if "does not resolve to the IP" in said:
        return Permanent(
            f"{what}: the seed cannot resolve the joiner's host name",
            failures=failures,
            advice="make the name resolve on the seed, for example in /etc/hosts, then retry",
        )
    if "permanent: " in said:
        return Permanent(
            f"{what}: {said.split('permanent: ')[1].splitlines()[0]}", failures=failures
        )
    advice = "the next attempt uses a fresh token"
    if "already known to dqlite" in said:
        advice = "the next attempt strikes the stale member out first"
    last = failures[0].lines[-1] if failures[0].lines else failures[0].message
    return Transient(f"{what}: {last}", failures=failures, advice=advice)
