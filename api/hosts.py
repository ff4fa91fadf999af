"""The inventory: add, change, show and delete hosts."""

from typing import Any

from flask import Response, url_for
from marshmallow import ValidationError

from api.answers import HostListSchema, HostSchema
from api.backend import backend
from api.blueprint import Blueprint, invalid
from api.documents import document
from api.schemas import HostRequestSchema
from workflows.cluster import Host
from workflows.jumps import BadJump
from workflows.names import HostName

EXAMPLE = {
    "address": "192.168.1.21",
    "host_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
    "user": "ubuntu",
    "ssh_key": "default",
    "zone": "rack-1",
}

bp = Blueprint("hosts", __name__, url_prefix="/v1", description="Machines that SSH can reach")


def checked_name(name: str, what: str) -> str:
    """Return ``name``, which becomes part of keys and commands, if it is one."""
    try:
        return str(HostName().deserialize(name))
    except ValidationError as error:
        raise invalid([{"pointer": f"/{what}", "detail": str(error.messages[0])}]) from None


def _body(host: Host) -> dict[str, Any]:
    return host.as_dict() | {"links": {"self": url_for("hosts.show_host", name=host.name)}}


@bp.get("/hosts")
@bp.response(200, HostListSchema, description="All hosts, by name")
def list_hosts() -> Response:
    """List the inventory."""
    return document({"hosts": [_body(h) for h in backend().inventory.hosts()]})


@bp.get("/hosts/<name>")
@bp.response(200, HostSchema, description="The host")
def show_host(name: str) -> Response:
    """Show one host."""
    return document(_body(backend().inventory.host(name)))


@bp.put("/hosts/<name>")
@bp.arguments(HostRequestSchema, example=EXAMPLE)
@bp.response(200, HostSchema, description="The host was known and is changed")
@bp.alt_response(201, schema=HostSchema, description="The host is new")
def put_host(values: dict[str, Any], name: str) -> Response:
    """Add a host, or change it; a node of a cluster keeps its addresses."""
    inventory = backend().inventory
    try:
        created = inventory.put_host(Host(name=checked_name(name, "name"), **values))
    except BadJump as error:
        raise invalid([{"pointer": error.field, "detail": str(error)}]) from None
    response = document(_body(inventory.host(name)))
    if created:
        response.status_code = 201
        response.headers["Location"] = url_for("hosts.show_host", name=name)
    return response


@bp.delete("/hosts/<name>")
@bp.response(204, description="The host is no longer in the inventory")
def delete_host(name: str) -> Response:
    """Delete a host that belongs to no cluster; the machine is left as it is."""
    backend().inventory.delete_host(name)
    return Response(status=204)
