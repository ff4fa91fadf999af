"""The SSH key of a host as somebody gives it, or trusts it when the host shows it."""

import shlex
from collections.abc import Mapping
from typing import Any

import click

from cli.commands import ApiSession
from cli.errors import Failure
from cli.host_key import fingerprint, given_key, scan
from cli.host_record import path_of


def asked_key(
    session: ApiSession,
    name: str,
    facts: Mapping[str, Any],
    host_key: str | None,
    *,
    scanning: bool,
    yes: bool,
    silent: bool = False,
) -> str:
    """Return the key that was given, or the one that the host shows once somebody trusts it."""
    if scanning == bool(host_key):
        raise click.UsageError("say either --host-key or --scan: a host is known by its key")
    if host_key:
        return given_key(host_key)
    if facts["jump"]:
        raise _cannot_scan(session, name, facts)
    key = scan(facts["address"], facts["port"])
    return key if silent else _confirmed(key, name, yes=yes)


def _cannot_scan(session: ApiSession, name: str, facts: Mapping[str, Any]) -> Failure:
    """Tell how to get the key of a host that this machine does not reach.

    It might reach another one at that address, whose key would then be pinned.
    """
    jump = session.client.get(path_of(facts["jump"]))
    scanning = f"ssh-keyscan -t ed25519 -p {facts['port']} {shlex.quote(facts['address'])}"
    login = shlex.quote(f"{jump['user']}@{jump['address']}")
    return Failure(
        f"cannot scan {name}: it is behind {jump['name']}, and what has its address as seen from "
        "here may be another host; ask for its key there and give it with --host-key: "
        f"ssh -p {jump['port']} {login} {scanning} | cut -d' ' -f2-"
    )


def _confirmed(key: str, name: str, *, yes: bool) -> str:
    click.echo(f"{name} shows {key.split()[0]} {fingerprint(key)}", err=True)
    if not yes:
        click.confirm("Is this the fingerprint that the host itself prints?", abort=True, err=True)
    return key
