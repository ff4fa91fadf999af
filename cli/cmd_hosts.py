"""``clusterwright hosts ...``."""

import json
import shlex
from collections.abc import Mapping
from typing import Any, TextIO
from urllib.parse import quote

import click

from cli.change_options import labels_of
from cli.commands import Group, Session, json_option, pass_session
from cli.complete import hosts_free, hosts_named
from cli.errors import Failure
from cli.host_key import fingerprint, scan
from cli.output import print_json
from cli.pasteable import pasteable
from cli.tables import print_rows


@click.group(
    cls=Group,
    examples=[
        "clusterwright hosts add cp-1 --address 192.168.1.21 --user ubuntu --scan",
        "clusterwright hosts list",
    ],
    see_also=["change", "doctor"],
)
def hosts() -> None:
    """Machines that SSH can reach: the inventory."""


def endpoint(host: Mapping[str, Any]) -> str:
    """Return whom SSH logs in where, and through which host."""
    through = f" through {host['jump']}" if host.get("jump") else ""
    return f"{host['user']}@{host['address']}:{host['port']}{through}"


def path_of(name: str) -> str:
    return f"/v1/hosts/{quote(name, '')}"


@hosts.command(
    "list",
    examples=["clusterwright hosts list", "clusterwright hosts list --json > hosts.json"],
    see_also=["hosts show", "hosts import"],
)
@json_option
@pass_session
def list_hosts(session: Session, *, as_json: bool) -> None:
    """List the inventory."""
    answer = session.client.get("/v1/hosts")
    if as_json:
        print_json(answer)
        return
    rows = [
        (
            row["name"],
            endpoint(row),
            row["node_address"],
            row["site"],
            row["zone"] or "-",
            row["cluster"] or "-",
        )
        for row in answer["hosts"]
    ]
    if rows:
        print_rows(("host", "ssh", "node address", "site", "zone", "cluster"), rows)
    else:
        click.echo(f"no hosts; {pasteable('hosts', 'add', '--help')} tells how to add one")


@hosts.command(examples=["clusterwright hosts show cp-1"], see_also=["hosts list"])
@click.argument("name", shell_complete=hosts_named)
@json_option
@pass_session
def show(session: Session, name: str, *, as_json: bool) -> None:
    """Show one host and the fingerprint of its pinned key."""
    host = session.client.get(path_of(name))
    if as_json:
        print_json(host)
        return
    facts = {key: value for key, value in host.items() if key not in {"links", "host_key"}}
    facts["host_key"] = f"{host['host_key'].split()[0]} {fingerprint(host['host_key'])}"
    for key, value in facts.items():
        text = ", ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else value
        click.echo(f"{key + ':':<14}{text or '-'}")


@hosts.command(
    examples=[
        "clusterwright hosts add cp-1 --address 192.168.1.21 --user ubuntu --scan",
        "clusterwright hosts add w-1 --address 10.0.0.5 --zone rack-2 \\",
        '  --host-key "$(ssh-keyscan -t ed25519 10.0.0.5 2>/dev/null | cut -d" " -f2-)"',
        "clusterwright hosts add w-2 --address 10.0.0.6 --jump bastion \\",
        '  --host-key "$(ssh ops@192.168.1.9 ssh-keyscan -t ed25519 10.0.0.6 | cut -d" " -f2-)"',
    ],
    see_also=["hosts import", "hosts show", "doctor"],
)
@click.argument("name")
@click.option("--address", required=True, help="The IPv4 address that SSH connects to.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    default=22,
    show_default=True,
    help="The SSH server's.",
)
@click.option("--user", default="root", show_default=True, help="Whom SSH logs in; root or sudo.")
@click.option("--ssh-key", default="default", show_default=True, help="A file in the keys folder.")
@click.option(
    "--jump",
    default="",
    shell_complete=hosts_named,
    help="The host of the inventory that SSH goes through to reach it.",
)
@click.option("--node-address", default="", help="What other nodes use, when it is another.")
@click.option("--site", default="default", show_default=True, help="Which Celery workers reach it.")
@click.option("--zone", default="", help="The failure zone that it stands in.")
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="KEY=VALUE",
    help="A Kubernetes label for the node. Repeatable.",
)
@click.option("--host-key", metavar="'TYPE BASE64'", help="The host's public SSH key.")
@click.option("--scan", "scanning", is_flag=True, help="Ask the host for its key and show it.")
@click.option("--yes", is_flag=True, help="Trust the scanned key without asking.")
@json_option
@pass_session
def add(
    session: Session,
    /,
    name: str,
    *,
    labels: tuple[str, ...],
    host_key: str | None,
    scanning: bool,
    yes: bool,
    as_json: bool,
    **facts: Any,
) -> None:
    """Add a host, or change it. Its SSH key is pinned: another one is refused later."""
    if scanning == bool(host_key):
        raise click.UsageError("say either --host-key or --scan: a host is known by its key")
    if scanning and facts["jump"]:
        raise _cannot_scan(session, name, facts)
    key = host_key or _confirmed(scan(facts["address"], facts["port"]), name, yes=yes)
    row = {**facts, "name": name, "host_key": key, "labels": dict(labels_of(labels))}
    host = put_host(session, row)
    if as_json:
        print_json(host)
    else:
        click.echo(f"{name}: {endpoint(host)} {fingerprint(key)}")


def _cannot_scan(session: Session, name: str, facts: Mapping[str, Any]) -> Failure:
    """Tell how to get the key of a host that this machine does not reach.

    It might reach another one at that address, whose key would then be pinned.
    """
    jump = session.client.get(path_of(facts["jump"]))
    scanning = f"ssh-keyscan -t ed25519 -p {facts['port']} {shlex.quote(facts['address'])}"
    return Failure(
        f"cannot scan {name}: it is behind {jump['name']}, and what has its address as seen from "
        "here may be another host; ask for its key there and give it with --host-key: "
        f"ssh -p {jump['port']} {jump['user']}@{jump['address']} {scanning} | cut -d' ' -f2-"
    )


def _confirmed(key: str, name: str, *, yes: bool) -> str:
    click.echo(f"{name} shows {key.split()[0]} {fingerprint(key)}", err=True)
    if not yes:
        click.confirm("Is this the fingerprint that the host itself prints?", abort=True, err=True)
    return key


@hosts.command(
    short_help="Take a free host out of the inventory.",
    examples=["clusterwright hosts remove w-3"],
    see_also=["hosts list"],
)
@click.argument("name", shell_complete=hosts_free)
@pass_session
def remove(session: Session, name: str) -> None:
    """Take a host that is in no cluster out of the inventory; the machine is left as it is."""
    session.client.delete(path_of(name))
    click.echo(f"{name}: no longer in the inventory")


@hosts.command(
    "import",
    short_help="Add all hosts of a file.",
    examples=[
        "clusterwright hosts import hosts.json",
        "clusterwright hosts import - < hosts.json",
    ],
    see_also=["hosts list", "hosts add"],
)
@click.argument("file", type=click.File())
@json_option
@pass_session
def import_(session: Session, file: TextIO, *, as_json: bool) -> None:
    """Add all hosts of FILE, which has JSON as ``hosts list --json`` prints it; - is stdin."""
    put = [put_host(session, row) for row in jumps_first(rows_of(file))]
    if as_json:
        print_json({"hosts": put})
    else:
        plural = "" if len(put) == 1 else "s"
        click.echo(f"{len(put)} host{plural}: {', '.join(host['name'] for host in put)}")


def put_host(session: Session, row: Mapping[str, Any]) -> Any:
    """Put one host; what is empty, or told by the API only, is left out."""
    told = {"name", "cluster", "links"}
    body = {key: value for key, value in row.items() if key not in told and value not in ("", {})}
    return session.client.put(path_of(row["name"]), body)


def jumps_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows in an order in which each comes behind its jump host; else as they were."""
    ordered: list[dict[str, Any]] = []
    left = list(rows)
    while left:
        names = {row["name"] for row in left}
        ready = [row for row in left if row.get("jump") not in names]
        ordered += ready or left  # of a circle, the API tells what is wrong with it
        left = [row for row in left if row not in ready] if ready else []
    return ordered


def rows_of(file: TextIO) -> list[dict[str, Any]]:
    try:
        document = json.load(file)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="FILE") from error
    rows = document.get("hosts") if isinstance(document, dict) else document
    named = isinstance(rows, list) and all(
        isinstance(row, dict) and isinstance(row.get("name"), str) for row in rows
    )
    if not named:
        raise click.BadParameter("a list of hosts with names is wanted", param_hint="FILE")
    return list(rows or ())
