"""The inventory: list the hosts, show one, add one, remove one."""

from flask import Response, g, request
from marshmallow import ValidationError

from api.backend import backend
from api.page.blueprint import bp
from api.page.form_errors import by_field
from api.page.host_report import brief_report, full_report
from api.page.places import see_other
from api.page.rendering import page
from api.page.schema_form import fields_of, filled, values_of
from api.page.words import natural
from api.pointers import pointers
from api.schemas import HostRequestSchema
from workflows.cluster import Host
from workflows.host_faults import HostFault
from workflows.inventory import ClusterNotFound, HostInUse, HostNotFound
from workflows.names import HostName

LOOKED_AT = 40
"""How many of the newest jobs are searched for news of hosts."""


@bp.get("/hosts")
def list_hosts() -> Response:
    """List the inventory, with what was last found of each host."""
    jobs = backend().ledger.jobs(limit=LOOKED_AT)
    hosts = sorted(backend().inventory.hosts(), key=lambda host: natural(host.name))
    return page("hosts.html", rows=[(host, brief_report(host.name, jobs)) for host in hosts])


@bp.get("/hosts/<name>")
def show_host(name: str) -> Response:
    """Show one host: what the inventory says, and what was found on it."""
    inventory, ledger = backend().inventory, backend().ledger
    host = inventory.host(name)
    try:
        cluster = inventory.cluster(host.cluster) if host.cluster else None
    except ClusterNotFound:  # reserved by a job that has not formed it
        cluster = None
    report = full_report(name, ledger.jobs(limit=LOOKED_AT), ledger, cluster)
    return page("host.html", host=host, report=report)


@bp.get("/new-host")
def new_host() -> Response:
    """Ask for a host."""
    return _form({})


@bp.post("/hosts")
def add_host() -> Response:
    """Add a host to the inventory; one that is there already is left as it is."""
    errors = _name_errors(request.form.get("name", ""))
    values, unread = values_of(fields_of(HostRequestSchema()), request.form)
    errors |= unread
    try:
        loaded = HostRequestSchema().load(values)
    except ValidationError as error:
        found = pointers(error.messages, HostRequestSchema())
        return _form(by_field(found) | errors)
    if errors:
        return _form(errors)
    host = Host(name=request.form["name"], **loaded)
    try:
        backend().inventory.put_host(host, allow=_refuse_known, by=g.token_id)
    except HostFault as error:
        return _form({error.field.lstrip("/"): [str(error)]})
    return see_other(f"/hosts/{host.name}")


@bp.post("/hosts/<name>/delete")
def delete_host(name: str) -> Response:
    """Take a host out of the inventory; the machine is left as it is."""
    backend().inventory.delete_host(name)
    return see_other("/hosts")


def _refuse_known(known: Host | None) -> None:
    """Refuse a host that somebody else added since the form was checked."""
    if known:
        raise HostInUse(f"cannot add host {known.name}: it is in the inventory already")


def _name_errors(name: str) -> dict[str, list[str]]:
    """Refuse what is no name, and the name of a host that there is: a form adds, never changes."""
    try:
        HostName().deserialize(name)
        backend().inventory.host(name)
    except ValidationError as error:
        return {"name": [str(text) for text in error.messages]}
    except HostNotFound:
        return {}
    return {"name": [f"cannot add host {name}: it is in the inventory already"]}


def _form(errors: dict[str, list[str]]) -> Response:
    fields = filled(fields_of(HostRequestSchema()), request.form, errors)
    return page(
        "new_host.html",
        status=422 if errors else 200,
        fields=fields,
        name=request.form.get("name", ""),
        errors=errors,
    )
