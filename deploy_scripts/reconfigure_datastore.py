"""Make the survivors the whole membership of a stopped datastore, and give all the freshest log.

There is no way back: the former membership is in the copies that were kept, and what a survivor's
own log had beyond the chosen one was never acknowledged by a majority that still lives.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from cluster.quorum import expected
from cluster.raft_logs import RaftLog
from deploy_scripts.backups.on_host import (
    LOOK_SECONDS,
    PIECE_BYTES,
    ArchiveFile,
    ArchivePiece,
    receive,
    remove,
)
from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.microk8s.backend_files import SECONDS, membership, pack, reconfigure, unpack
from deploy_scripts.microk8s.raft_log import SECONDS as READ_SECONDS
from deploy_scripts.microk8s.raft_log import RaftLogEnd
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
UNDO = "cannot"
ASKS = False
VOTER, STANDBY, SPARE = 0, 1, 2


def apply(
    fleet: Fleet, *, before: Before, hosts: Sequence[str], choose_log: Mapping[str, Any]
) -> Result:
    """Rewrite the chosen log's membership, then have every other survivor take that log over.

    Raises ``Transient`` where a log is not the chosen one afterwards.
    """
    del before  # to do it twice appends the same membership twice
    chosen: str = choose_log["chosen"]
    order = [host for host in choose_log["order"] if host in hosts]
    logs = {host: RaftLog.from_dict(choose_log["logs"][host]) for host in order}
    members = membership(
        [
            (logs[host].id, logs[host].address, role)
            for host, role in zip(order, roles(len(order)), strict=True)
        ]
    )
    _, failures = fleet.try_run(reconfigure, on=[chosen], timeout=SECONDS, members=members)
    raise_for(failures, f"cannot reconfigure the datastore of {chosen}")
    fleet.mark_done(chosen, f"has the {len(order)} survivors as members")
    others = [host for host in order if host != chosen]
    if others:
        _hand_over(fleet, chosen, others)
    return Result({"members": {host: logs[host].address for host in order}, "chosen": chosen})


def roles(members: int) -> list[int]:
    """Return the role of each of so many members, as dqlite would settle them."""
    full = expected(members)
    standbys = members - full.voters - full.spares
    return [VOTER] * full.voters + [STANDBY] * standbys + [SPARE] * full.spares


def _hand_over(fleet: Fleet, chosen: str, others: Sequence[str]) -> None:
    """Give the others the chosen log, piece by piece: no more than one lies in memory here."""
    name = f"log-{fleet.mark.job or 'by-hand'}"
    everybody = [chosen, *others]
    try:
        fleet.run(pack, on=[chosen], timeout=SECONDS, backup=name)
        told = fleet.facts(ArchiveFile, on=[chosen], timeout=LOOK_SECONDS, backup=name)[chosen]
        for number in range(-(-told["bytes"] // PIECE_BYTES)):
            piece: bytes = fleet.facts(
                ArchivePiece, on=[chosen], timeout=LOOK_SECONDS, backup=name, number=number
            )[chosen]
            text = b64encode(piece).decode()
            fleet.run(
                receive,
                on=others,
                timeout=LOOK_SECONDS,
                backup=name,
                text=text,
                is_first=number == 0,
            )
        arrived = fleet.facts(ArchiveFile, on=others, timeout=LOOK_SECONDS, backup=name)
        for host, found in arrived.items():
            if found != told:
                raise Transient(
                    f"cannot hand the log of {chosen} to {host}: {found['bytes']} bytes arrived "
                    f"of {told['bytes']}, or others than those",
                    advice=f"look at the disk of {host}, then retry",
                )
        fleet.run(unpack, on=others, timeout=SECONDS, backup=name)
    finally:
        fleet.try_run(remove, on=everybody, timeout=LOOK_SECONDS, backup=name)
    _require_same(fleet, chosen, others)


def _require_same(fleet: Fleet, chosen: str, others: Sequence[str]) -> None:
    logs: dict[str, RaftLog] = fleet.facts(RaftLogEnd, on=[chosen, *others], timeout=READ_SECONDS)
    for host in others:
        if logs[host].digest != logs[chosen].digest:
            raise Transient(
                f"cannot give {host} the log of {chosen}: it has another afterwards",
                advice=f"look at the disk of {host}, then retry",
            )
        fleet.mark_done(host, f"has the log of {chosen}")
