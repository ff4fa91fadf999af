"""The hosts of a job as the fleet that its step may reach, if they are reached as planned."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from cluster.actions import Action
from cluster.spec import Host
from deploy_scripts.backups.shelf import Shelf
from deploy_scripts.fleet.errors import HostFailure, Permanent
from deploy_scripts.fleet.fleet import Fleet, HostReport, Target
from deploy_scripts.fleet.marks import Mark
from workflows.fences import fence_of
from workflows.host_changes import in_words, since
from workflows.installation import installation_id
from workflows.inventory import Inventory
from workflows.ledger.claims import Lease
from workflows.process.settings import Settings
from workflows.reach import Reach
from workflows.work import Work


def fleet_of(
    work: Work,
    lease: Lease,
    *,
    inventory: Inventory,
    settings: Settings,
    epoch: int,
    undo: bool,
    report: Callable[[HostReport], None],
) -> Fleet:
    """Return the fleet of every host that the job's plan names.

    What this attempt leaves on hosts is marked with a fence; later claims of a job have larger
    ones. Raises ``Permanent`` if it may not connect to one of them, or not any more as planned.
    """
    hosts = inventory.hosts_named(work.hosts)
    known = inventory.with_jumps(hosts)
    failures = (
        *_changed(work.reached, known.values()),
        *Reach.of(settings).failures(known.values()),
    )
    if failures:
        raise Permanent(failures[0].message, failures=failures, advice=failures[0].advice)
    return Fleet(
        [_target(host, known, settings) for host in hosts],
        done=work.step.hosts_done,
        report=report,
        mark=Mark(
            installation=installation_id(inventory.redis),
            cluster=work.cluster,
            job=lease.job,
            fence=fence_of(work.step, epoch=epoch, undo=undo),
        ),
        is_undo=undo,
        lost=work.without,
        shelf=Shelf(settings.data_dir, settings.backup_target),
    )


def _target(host: Host, known: Mapping[str, Host], settings: Settings) -> Target:
    return Target(
        name=host.name,
        address=host.address,
        port=host.port,
        user=host.user,
        key_file=str(settings.keys_dir / host.ssh_key),
        host_key=host.host_key,
        node_address=host.node_address or host.address,
        zone=host.zone,
        jump=_target(known[host.jump], known, settings) if host.jump else None,
    )


def _changed(
    noted: Mapping[str, Mapping[str, str]], hosts: Iterable[Host]
) -> Iterator[HostFailure]:
    """Yield each host that is not reached as it was when the job was planned."""
    for host in hosts:
        found = since(noted.get(host.name, {}), host)
        if found:
            yield HostFailure(
                host.name,
                f"cannot connect to {host.name}: it is not reached as planned; since the job was "
                f"made, or asked to go on, somebody changed {in_words(found)}",
                code="host-changed",
                advice="find out who changed it; if it is right so, retry: that accepts it",
                actions=(Action.SHOW_HOST.of(host=host.name),),
            )
