"""The inventory: list the hosts, show one, remove one."""

from flask import Response

from api.backend import backend
from api.page.blueprint import bp
from api.page.host_report import brief_report, full_report
from api.page.host_roles import searched
from api.page.places import see_other
from api.page.rendering import page
from api.page.words import natural
from workflows.access import Permission
from workflows.host_changes import fingerprint
from workflows.inventory import ClusterNotFound

LOOKED_AT = 40
"""How many of the newest jobs are searched for news of hosts."""


@bp.get("/hosts", needs=Permission.READ)
def list_hosts() -> Response:
    """List the inventory, with what was last found of each host."""
    jobs = backend().ledger.jobs(limit=LOOKED_AT)
    hosts = sorted(backend().inventory.hosts(), key=lambda host: natural(host.name))
    rows = [(host, brief_report(host.name, jobs), searched(host)) for host in hosts]
    return page("hosts.html", rows=rows)


@bp.get("/hosts/<name>", needs=Permission.READ)
def show_host(name: str) -> Response:
    """Show one host: what the inventory says, and what was found on it."""
    inventory, ledger = backend().inventory, backend().ledger
    host = inventory.host(name)
    try:
        cluster = inventory.cluster(host.cluster) if host.cluster else None
    except ClusterNotFound:  # reserved by a job that has not formed it
        cluster = None
    report = full_report(name, ledger.jobs(limit=LOOKED_AT), ledger, cluster)
    pinned = fingerprint(host.host_key).partition(" ")[2]
    return page("host.html", host=host, report=report, fingerprint=pinned)


@bp.post("/hosts/<name>/delete", needs=Permission.ADMIN)
def delete_host(name: str) -> Response:
    """Take a host out of the inventory; the machine is left as it is."""
    backend().inventory.delete_host(name)
    return see_other("/hosts")
