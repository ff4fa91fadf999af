"""Choose the freshest of the datastore's logs, by what stands in each; nothing is changed."""

from collections.abc import Sequence

from cluster.raft_logs import RaftLog, evidence, ranked
from deploy_scripts.fleet.errors import Permanent
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.raft_log import SECONDS, RaftLogEnd
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = False
"""A log that is written meanwhile tells nothing, so it is read of stopped nodes only."""
PORT = 19001


def apply(fleet: Fleet, *, before: Before, hosts: Sequence[str]) -> Result:
    """Read the end of each log and rank them.

    Raises ``Permanent`` where all logs are empty, or a member is not who the inventory says.
    """
    del before  # nothing is changed
    logs: dict[str, RaftLog] = fleet.facts(RaftLogEnd, on=hosts, timeout=SECONDS)
    for host, log in logs.items():
        _require_fit(host, log, f"{fleet.node_address(host)}:{PORT}")
    order = ranked(logs)
    if not logs[order[0]].index:  # a spare holds no data
        raise Permanent(
            f"cannot recover quorum with {', '.join(hosts)}: the log of each is empty",
            advice="form the cluster anew and restore a backup: clusterwright backups list CLUSTER",
        )
    for host in hosts:
        ends = f"up to entry {logs[host].index} of term {logs[host].term}"
        fleet.mark_done(host, evidence(logs) if host == order[0] else ends)
    return Result(
        {
            "chosen": order[0],
            "order": list(order),
            "evidence": evidence(logs),
            "logs": {host: log.as_dict() for host, log in logs.items()},
        }
    )


def _require_fit(host: str, log: RaftLog, address: str) -> None:
    if log.address not in {address, f"127.0.0.1:{PORT}"}:
        raise Permanent(
            f"cannot recover quorum with {host}: its datastore is {log.address}, and its node "
            f"address is {address}",
            advice="correct the host's node_address, then retry",
        )
