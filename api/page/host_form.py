"""The form that adds a host: what it asks for, and how somebody gets the host's key for it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, request
from marshmallow import ValidationError

from api.access.acts import note
from api.access.principal import principal
from api.backend import backend
from api.description.host_requests import HostRequestSchema
from api.http.pointers import pointers
from api.page.blueprint import bp
from api.page.form_errors import by_field
from api.page.host_commands import add_command, scan_command
from api.page.places import see_other
from api.page.rendering import kept_for_return, page
from api.page.schema_form import FormField, fields_of, filled, values_of
from cluster.host_faults import HostFault
from cluster.jumps import way
from cluster.names import HostName
from cluster.spec import Host
from ssh_keys.host_key import NotOneKey, fingerprint, given_key
from workflows.access import Permission
from workflows.host_changes import connection
from workflows.host_puts import HostInUse
from workflows.inventory import HostNotFound

USER_HELP = "root, or a user with sudo without a password"
FAMILIES = {"ssh-ed25519": "ed25519", "ssh-rsa": "rsa"}
"""How a host names the file of a key, but for ECDSA, which has a type for each curve."""
Errors = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class KeyHelp:
    """What somebody who is adding a host can do about its key."""

    scan: str
    """The line that asks the host for it."""
    add: str
    """The line that adds the host instead of this form."""
    fingerprint: str
    """That of the key in the form; empty when there is none."""
    kind: str
    file: str
    """Where the host itself has the key in the form."""


@bp.get("/new-host", needs=Permission.ADMIN)
def new_host() -> Response:
    """Ask for a host."""
    return _form({})


@bp.post("/new-host", needs=Permission.ADMIN, changes=False)
def help_with_key() -> Response:
    """Tell how to get the key of the host that is being typed, and the fingerprint of one in hand.

    Nothing is stored, and the host is not asked: this process has no way to any host.
    """
    values, errors = _typed()
    name = request.form.get("name", "")
    if name:
        errors |= _name_errors(name)
    try:
        loaded: dict[str, Any] = HostRequestSchema().load(values, partial=True)
        hops = _hops(loaded["jump"]) if loaded.get("jump") else []
    except ValidationError as error:
        errors |= by_field(pointers(error.messages, HostRequestSchema()))
    except HostNotFound as error:
        errors["jump"] = [str(error)]
    if errors:
        return _form(errors)
    host: dict[str, Any] = (
        {"address": "ADDRESS", "port": 22, "user": "USER"} | loaded | {"name": name or "NAME"}
    )
    key = host.get("host_key", "")
    kind = key.partition(" ")[0]
    return _form(
        {},
        KeyHelp(
            scan=scan_command(host, hops),
            add=add_command(host, hops),
            fingerprint=fingerprint(key) if key else "",
            kind=kind,
            file=f"/etc/ssh/ssh_host_{FAMILIES.get(kind, 'ecdsa')}_key.pub",
        ),
    )


@bp.post("/hosts", needs=Permission.ADMIN)
def add_host() -> Response:
    """Add a host to the inventory; one that is there already is left as it is."""
    values, unread = _typed()
    errors = _name_errors(request.form.get("name", "")) | unread
    if not values.get("user"):
        errors["user"] = [f"say whom SSH logs in as: {USER_HELP}"]
    try:
        loaded = HostRequestSchema().load(values)
    except ValidationError as error:
        found = pointers(error.messages, HostRequestSchema())
        return _form(by_field(found) | errors)
    if errors:
        return _form(errors)
    host = Host(name=request.form["name"], **loaded)
    try:
        backend().inventory.put_host(host, allow=_refuse_known, by=principal().id)
    except HostFault as error:
        return _form({error.field.lstrip("/"): [str(error)]})
    note(object=f"host {host.name}", after=connection(host))
    return see_other(f"/hosts/{host.name}")


def _refuse_known(known: Host | None) -> None:
    """Refuse a host that somebody else added since the form was checked."""
    if known:
        raise HostInUse(f"cannot add host {known.name}: it is in the inventory already")


def _name_errors(name: str) -> Errors:
    """Refuse what is no name, and the name of a host that there is: a form adds, never changes."""
    try:
        HostName().deserialize(name)
        backend().inventory.host(name)
    except ValidationError as error:
        return {"name": [str(text) for text in error.messages]}
    except HostNotFound:
        return {}
    return {"name": [f"cannot add host {name}: it is in the inventory already"]}


def _hops(jump: str) -> list[Host]:
    """Return the hosts that are gone through to one behind ``jump``, which is the last of them."""
    inventory = backend().inventory
    known = inventory.with_jumps([inventory.host(jump)])
    beyond = way(jump, {host.name: host.jump for host in known.values() if host.jump})
    return [known[name] for name in reversed((jump, *beyond))]


def _fields() -> Iterable[FormField]:
    """Yield the fields of a host; who logs in is asked, since a wrong guess fails only in a job."""
    for field in fields_of(HostRequestSchema()):
        if field.name == "user":
            yield replace(field, help=USER_HELP, required=True, default="", values=())
        else:
            yield field


def _typed() -> tuple[dict[str, Any], Errors]:
    """Return what was typed, of the key only what belongs to it, and what could not be read."""
    values, errors = values_of(tuple(_fields()), request.form)
    if "host_key" in values:
        try:
            values["host_key"] = given_key(values["host_key"])
        except NotOneKey as error:
            errors["host_key"] = [str(error)]
    return values, errors


def _form(errors: Errors, key_help: KeyHelp | None = None) -> Response:
    fields = filled(tuple(_fields()), request.form, errors)
    filled_in = (field for field in fields if field.errors or field.value != field.default)
    response = page(
        "new_host.html",
        status=422 if errors else 200,
        fields={field.name: field for field in fields},
        name=request.form.get("name", ""),
        errors=errors,
        more=[field.name for field in filled_in if not field.required],
        key_help=key_help,
    )
    return kept_for_return(response)
