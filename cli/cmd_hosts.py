"""``clusterwright hosts ...``."""

from collections.abc import Mapping
from typing import Any

import click

from cli.asked_host_key import asked_key
from cli.commands import ApiSession, Group, json_option, pass_session
from cli.complete import hosts_free, hosts_named
from cli.host_key import fingerprint
from cli.host_record import Known, change_lines, differences, find, merged, path_of, put, refuse
from cli.key_values import labels_of
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


@hosts.command(
    "list",
    examples=["clusterwright hosts list", "clusterwright hosts list --json > hosts.json"],
    see_also=["hosts show", "hosts import"],
)
@json_option
@pass_session
def list_hosts(session: ApiSession, *, as_json: bool) -> None:
    """List the inventory."""
    found = session.client.rows("/v1/hosts", "hosts")
    if as_json:
        print_json({"hosts": found})
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
        for row in found
    ]
    if rows:
        print_rows(("host", "ssh", "node address", "site", "zone", "cluster"), rows)
    else:
        click.echo(f"no hosts; {pasteable('hosts', 'add', '--help')} tells how to add one")


@hosts.command(examples=["clusterwright hosts show cp-1"], see_also=["hosts list"])
@click.argument("name", shell_complete=hosts_named)
@json_option
@pass_session
def show(session: ApiSession, name: str, *, as_json: bool) -> None:
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
@click.option(
    "--user",
    default="root",
    show_default=True,
    help="Whom SSH logs in: root, or one with sudo.",
)
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
@click.option("--replace", is_flag=True, help="Put it in place of a host of that name.")
@json_option
@pass_session
def add(
    session: ApiSession,
    /,
    name: str,
    *,
    labels: tuple[str, ...],
    host_key: str | None,
    scanning: bool,
    yes: bool,
    replace: bool,
    as_json: bool,
    **facts: Any,
) -> None:
    """Add a host. Its SSH key is pinned: another one is refused later.

    A host that is in the inventory already is left as it is, and what would change is shown.
    With --replace all of it is as the options say, and what they leave out gets its default.
    """
    key = asked_key(session, name, facts, host_key, scanning=scanning, yes=yes)
    row = {**facts, "name": name, "host_key": key, "labels": dict(labels_of(labels))}
    known = find(session.client, name)
    found = differences(known.row, row) if known else {}
    if found and not replace:
        refuse(name, found)
    _tell(put(session.client, row, known), found, as_json=as_json)


@hosts.command(
    examples=[
        "clusterwright hosts update cp-1 --zone rack-1",
        "clusterwright hosts update w-1 --user ubuntu --ssh-key site-2",
    ],
    see_also=["hosts repin", "hosts show"],
)
@click.argument("name", shell_complete=hosts_named)
@click.option("--address", help="The IPv4 address that SSH connects to.")
@click.option("--port", type=click.IntRange(1, 65535), help="The SSH server's.")
@click.option("--user", help="Whom SSH logs in: root, or one with sudo.")
@click.option("--ssh-key", help="A file in the keys folder.")
@click.option("--jump", shell_complete=hosts_named, help="The host to go through; '' for none.")
@click.option("--node-address", help="What other nodes use, when it is another; '' for the same.")
@click.option("--site", help="Which Celery workers reach it.")
@click.option("--zone", help="The failure zone that it stands in; '' for none.")
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="KEY=VALUE",
    help="A Kubernetes label for the node, beside those it has. Repeatable.",
)
@json_option
@pass_session
def update(
    session: ApiSession, /, name: str, *, labels: tuple[str, ...], as_json: bool, **facts: Any
) -> None:
    """Change what is named of a host, and nothing else of it."""
    values = {field: value for field, value in facts.items() if value is not None}
    if not values and not labels:
        raise click.UsageError("say what to change, for example --zone rack-1")
    known = _known(session, name)
    if labels:
        values["labels"] = {**known.row["labels"], **dict(labels_of(labels))}
    row = merged(known.row, values)
    found = differences(known.row, row)
    _tell(put(session.client, row, known), found, as_json=as_json)


@hosts.command(
    examples=[
        "clusterwright hosts repin cp-1 --scan",
        "clusterwright hosts repin w-1 --yes \\",
        '  --host-key "$(ssh-keyscan -t ed25519 10.0.0.5 2>/dev/null)"',
    ],
    see_also=["hosts update", "jobs retry"],
)
@click.argument("name", shell_complete=hosts_named)
@click.option("--host-key", metavar="'TYPE BASE64'", help="The host's new public SSH key.")
@click.option("--scan", "scanning", is_flag=True, help="Ask the host for its key.")
@click.option("--yes", is_flag=True, help="Pin the new key without asking.")
@json_option
@pass_session
def repin(
    session: ApiSession,
    name: str,
    *,
    host_key: str | None,
    scanning: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Pin another SSH key for a host that was installed anew.

    All else of it stays. Old and new fingerprint are shown first. A new key that nobody has
    reason for may be that of somebody who answers in the host's place.
    """
    known = _known(session, name)
    # The question comes once, with both fingerprints.
    key = asked_key(session, name, known.row, host_key, scanning=scanning, yes=True, silent=True)
    found = differences(known.row, {"host_key": key})
    if not found:
        click.echo(f"{name}: pinned already, {key.split()[0]} {fingerprint(key)}", err=True)
    else:
        click.echo(f"{name} would be pinned anew:", err=True)
        for line in change_lines(found):
            click.echo(line, err=True)
        if not yes:
            click.confirm(
                "Is the new fingerprint the one that the host itself prints?", abort=True, err=True
            )
    host = put(session.client, {**known.row, "host_key": key}, known)
    _tell(host, {}, as_json=as_json)


def _known(session: ApiSession, name: str) -> Known:
    return Known(*session.client.tagged(path_of(name)))


def _tell(host: Mapping[str, Any], found: Mapping[str, tuple[Any, Any]], *, as_json: bool) -> None:
    """Print the host as it is now, and what has changed of it."""
    if as_json:
        print_json(host)
        return
    key = host["host_key"]
    click.echo(f"{host['name']}: {endpoint(host)} {key.split()[0]} {fingerprint(key)}")
    for line in change_lines(found):
        click.echo(line)


@hosts.command(
    short_help="Take a free host out of the inventory.",
    examples=["clusterwright hosts remove w-3"],
    see_also=["hosts list"],
)
@click.argument("name", shell_complete=hosts_free)
@pass_session
def remove(session: ApiSession, name: str) -> None:
    """Take a host that is in no cluster out of the inventory; the machine is left as it is."""
    session.client.delete(path_of(name))
    click.echo(f"{name}: no longer in the inventory")
