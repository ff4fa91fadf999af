"""The inventory: add, change, show and delete hosts."""

from functools import partial
from typing import Any

from flask import Response, url_for
from marshmallow import ValidationError

from api.access.acts import note, note_nothing
from api.access.principal import principal
from api.backend import backend
from api.description.host_answers import HostListSchema, HostSchema, PutHostsSchema
from api.description.host_requests import HostListRequestSchema, HostRequestSchema
from api.description.schemas import HostsQuerySchema
from api.host_lists import list_refused, outcome
from api.http.blueprint import Blueprint, invalid
from api.http.documents import ETAG, conditional, document
from api.http.paging import LINK, with_next
from api.http.preconditions import IF_MATCH, check, condition, demand_match, etag_of, row_refusal
from api.http.problems import Problem
from cluster.host_faults import HostFault
from cluster.names import HostName
from cluster.spec import Host
from workflows.access import Permission
from workflows.host_changes import HostValues, changes, connection
from workflows.host_puts import HostsRefused

EXAMPLE = {
    "address": "192.168.1.21",
    "host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
    "user": "ubuntu",
    "ssh_key": "default",
    "zone": "rack-1",
}

CONDITIONS = [
    condition("If-None-Match", "`*` adds a host, and leaves one of that name as it is (412)"),
    condition(
        "If-Match",
        "The `ETag` of the state that is to be replaced; another one is 412. A `host_key` is "
        "replaced only with it (428); `*` stands for any state",
    ),
]

bp = Blueprint("hosts", __name__, url_prefix="/v1", description="Machines that SSH can reach")


def checked_name(name: str, what: str) -> str:
    """Return ``name``, which becomes part of keys and commands, if it is one."""
    try:
        return str(HostName().deserialize(name))
    except ValidationError as error:
        raise invalid([{"pointer": f"/{what}", "detail": str(error.messages[0])}]) from None


def _body(host: Host) -> dict[str, Any]:
    return host.as_dict() | {"links": {"self": url_for("hosts.show_host", name=host.name)}}


def _answer(host: Host) -> Response:
    """Return a host with the entity tag that a later change may name."""
    response = document(_body(host))
    response.set_etag(etag_of(host))
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/hosts", needs=Permission.READ)
@bp.arguments(HostsQuerySchema, location="query")
@bp.response(
    200,
    HostListSchema,
    headers=LINK | ETAG,
    description="A page of hosts, by name; `Link` leads to the next",
)
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
def list_hosts(query: dict[str, Any]) -> Response:
    """List the inventory."""
    inventory, after, most = backend().inventory, query.get("cursor", ""), query["per_page"]
    if query["free"]:
        every = backend().names.free_hosts()
        names = [name for name in every if name.startswith(query["begun"])]
        found = inventory.hosts_among(names, after, most)
    else:
        found = inventory.hosts_after(after, most, query["begun"])
    rows = list(map(_body, found.rows))
    return with_next(conditional(document({"hosts": rows})), found.cursor)


@bp.get("/hosts/<name>", needs=Permission.READ)
@bp.response(200, HostSchema, description="The host", headers=ETAG)
@bp.alt_response(304, description="Unchanged, by `If-None-Match`")
def show_host(name: str) -> Response:
    """Show one host."""
    return conditional(_answer(backend().inventory.host(name)))


@bp.put("/hosts/<name>", needs=Permission.ADMIN)
@bp.arguments(HostRequestSchema, example=EXAMPLE)
@bp.response(200, HostSchema, description="The host was known and is changed", headers=ETAG)
@bp.alt_response(201, schema=HostSchema, description="The host is new")
@bp.alt_response(412, description="It is not in the state that `If-Match` names")
@bp.alt_response(428, description="A `host_key` is replaced only with `If-Match`")
@bp.doc(parameters=CONDITIONS)
def put_host(values: dict[str, Any], name: str) -> Response:
    """Add a host, or change it as a whole: what is left out gets its default.

    A node of a cluster keeps its addresses. While a job is being carried out that logs in to the
    host or goes through it, only `zone` and `labels` can change.
    """
    inventory = backend().inventory
    wanted = Host(name=checked_name(name, "name"), **values)
    try:
        created = inventory.put_host(
            wanted, allow=partial(_allow, wanted=wanted), by=principal().id
        )
    except HostFault as error:
        raise invalid([{"pointer": error.field, "detail": str(error)}]) from None
    response = _answer(inventory.host(name))
    if created:
        response.status_code = 201
        response.headers["Location"] = url_for("hosts.show_host", name=name)
    return response


def _allow(known: Host | None, *, wanted: Host) -> None:
    """Raise what speaks against storing a host, and note what it would change."""
    check(known, wanted)
    found = changes(known, wanted) if known else {}
    note(
        before={name: row["was"] for name, row in found.items()},
        after={name: row["is"] for name, row in found.items()} if known else connection(wanted),
    )


@bp.post("/hosts", needs=Permission.ADMIN)
@bp.arguments(HostListRequestSchema, example={"hosts": [{"name": "cp-1", **EXAMPLE}]})
@bp.response(200, PutHostsSchema, description="All hosts of the list are stored")
@bp.alt_response(412, description="A host is not in the state that its `if_match` names")
@bp.alt_response(428, description="A `host_key` is replaced only with `if_match`")
def put_hosts(values: dict[str, Any]) -> Response:
    """Add a list of hosts, or change them: all of them or none.

    A host that is there and differs refuses the whole list, unless `replace` is true. What a row
    leaves out of such a host stays as it is; a new one needs `address` and `host_key`. A body may
    have 1 MiB, and a list 1000 hosts.
    """
    rows: list[dict[str, Any]] = values["hosts"]
    dry_run = values["dry_run"]
    tags = {row["name"]: row.pop("if_match", "*" if dry_run else None) for row in rows}
    replace = values["replace"] or dry_run

    def refusal(known: Host | None, wanted: Host) -> Problem | None:
        tag = tags[wanted.name] if known or not dry_run else None
        return row_refusal(known, wanted, if_match=tag, replace=replace)

    names = [row["name"] for row in rows]
    host_values = [HostValues(row.pop("name"), row) for row in rows]
    try:
        puts = backend().inventory.put_hosts(
            host_values, refusal=refusal, by=principal().id, dry_run=dry_run
        )
    except HostsRefused as refused:
        raise list_refused(refused, names) from None
    found = outcome(puts, dry_run=dry_run)
    if dry_run:
        note_nothing()
    changed = [row["name"] for row in found["changed"]]
    note(object=f"{len(names)} hosts", after={"created": found["created"], "changed": changed})
    return document(found)


@bp.delete("/hosts/<name>", needs=Permission.ADMIN)
@bp.response(204, description="The host is no longer in the inventory")
@bp.doc(parameters=[IF_MATCH])
def delete_host(name: str) -> Response:
    """Delete a host that belongs to no cluster; the machine is left as it is."""
    known = backend().inventory.host(name)
    demand_match(etag_of(known), f"host {name}")
    note(before=connection(known))
    backend().inventory.delete_host(name)
    return Response(status=204)
