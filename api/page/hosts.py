"""The inventory: list the hosts, show one, remove one."""

from flask import Response

from api.access.acts import note
from api.backend import backend
from api.page.blueprint import bp
from api.page.host_report import HostReport, full_report, jobs_about, last_surveys
from api.page.host_roles import searched
from api.page.parts import asked_part
from api.page.places import see_other
from api.page.rendering import page
from api.page.words import natural
from workflows.access import Permission
from workflows.host_changes import connection, fingerprint
from workflows.inventory import ClusterNotFound

LOOKED_AT = 40
"""How many of the newest jobs are searched for news of hosts."""
SHOWN = 50
"""Hosts of a page."""


@bp.get("/hosts", needs=Permission.READ)
def list_hosts() -> Response:
    """List the inventory a part at a time, with what was last found of each host."""
    asked = asked_part()
    found = backend().inventory.hosts_after(asked.cursor, SHOWN, asked.begun)
    hosts = sorted(found.rows, key=lambda host: natural(host.name))
    ledger = backend().ledger
    surveys = last_surveys(
        [host.name for host in hosts], ledger.jobs(limit=LOOKED_AT, whole=False), ledger
    )
    return page(
        "hosts.html",
        rows=[(host, surveys.get(host.name, HostReport()), searched(host)) for host in hosts],
        asked=asked,
        following=asked.after(found.cursor),
        count=backend().names.host_count(),
    )


@bp.get("/hosts/<name>", needs=Permission.READ)
def show_host(name: str) -> Response:
    """Show one host: what the inventory says, and what was found on it."""
    inventory, ledger = backend().inventory, backend().ledger
    host = inventory.host(name)
    try:
        cluster = inventory.cluster(host.cluster) if host.cluster else None
    except ClusterNotFound:  # reserved by a job that has not formed it
        cluster = None
    jobs = ledger.jobs(limit=LOOKED_AT, whole=False)
    report = full_report(name, jobs_about(name, jobs, ledger), ledger, cluster)
    pinned = fingerprint(host.host_key).partition(" ")[2]
    return page("host.html", host=host, report=report, fingerprint=pinned)


@bp.post("/hosts/<name>/delete", needs=Permission.ADMIN)
def delete_host(name: str) -> Response:
    """Take a host out of the inventory; the machine is left as it is."""
    note(before=connection(backend().inventory.host(name)))
    backend().inventory.delete_host(name)
    return see_other("/hosts")
