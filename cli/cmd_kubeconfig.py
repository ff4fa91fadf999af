"""``clusterwright clusters kubeconfig``."""

import os
import shlex
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import click

from cli.commands import ApiSession, json_option, pass_session
from cli.complete import clusters_named
from cli.errors import Failure
from cli.follow import follow
from cli.kubeconfig import MARK, OwnKey, as_text, kubeconfig, new_key
from cli.manual import Manual
from cli.output import console, print_json
from cli.pasteable import pasteable

ROLES = ("view", "edit", "admin", "cluster-admin")
LEAST_MINUTES, USUAL_MINUTES, MOST_MINUTES = 10, 480, 1440
ANSWER_SECONDS = 2.0
"""How long a node may take to take a connection."""


@click.command(
    "kubeconfig",
    cls=Manual,
    short_help="Have a short-lived kubeconfig made; its key stays here.",
    examples=[
        "clusterwright clusters kubeconfig prod --out prod.kubeconfig",
        "clusterwright clusters kubeconfig dev --role cluster-admin --minutes 30 > dev.kubeconfig",
    ],
    exits={
        0: "The kubeconfig is there.",
        1: "It was refused, or its job did not succeed, or the file cannot be written.",
        130: "Ctrl-C; the job goes on, and what it has signed is of no use: its key is gone.",
    },
    see_also=["clusters show", "change", "jobs show"],
)
@click.argument("name", shell_complete=clusters_named)
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default=ROLES[0],
    show_default=True,
    help="What it may be used for; without the addon rbac there is cluster-admin only.",
)
@click.option(
    "--minutes",
    type=click.IntRange(LEAST_MINUTES, MOST_MINUTES),
    default=USUAL_MINUTES,
    show_default=True,
    help="For how long; it cannot be taken back before.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write, readable by you alone; one that this command wrote is replaced.  "
    "[default: standard output]",
)
@click.option("--reason", default="", help="Why, for those who read the job.")
@click.option("--accept", multiple=True, metavar="CODE", help="A finding to override.")
@json_option
@pass_session
def issue_kubeconfig(
    session: ApiSession,
    name: str,
    *,
    role: str,
    minutes: int,
    out: Path | None,
    reason: str,
    accept: tuple[str, ...],
    as_json: bool,
) -> None:
    """Have the authority of cluster NAME sign a credential, and make a kubeconfig of it.

    The key is made here and sent nowhere: the API gets a request for a certificate, and a job has
    it signed. There is a context for each control plane node; the current one is of a node that
    takes connections from here.
    """
    if out is not None:
        _refuse_another_file(out)
    own = new_key(role)
    body = {
        "kind": "issue-kubeconfig",
        "params": {"request": own.request, "role": role, "minutes": minutes},
        "reason": reason,
        "accept": list(accept),
    }
    job = session.client.post(f"/v1/clusters/{quote(name, '')}/changes", body)
    if not follow(session.client, job["id"], console(stderr=True)).has_succeeded:
        sys.exit(1)
    issued = session.client.get(f"/v1/jobs/{job['id']}/credential")
    _hand_over(own, issued, out, as_json=as_json)


def _hand_over(own: OwnKey, issued: Mapping[str, Any], out: Path | None, *, as_json: bool) -> None:
    if not own.fits(issued["certificate"]):
        raise Failure(
            f"cannot use what job {issued['job'][:8]} had signed: it is for another key; look at "
            f"it with {pasteable('jobs', 'show', issued['job'][:8])}"
        )
    document = kubeconfig(own, issued, _answering(issued["servers"]))
    if out is not None:
        _write(out, as_text(document))
    if as_json:
        told = {key: issued[key] for key in ("job", "cluster", "user", "role", "ends", "servers")}
        told["is_bounded"] = issued["is_bounded"]
        print_json(told | ({"file": str(out)} if out else {"kubeconfig": document}))
    elif out is None:
        click.echo(as_text(document), nl=False)
    for line in _notes(issued, document["current-context"], out):
        click.echo(line, err=True)


def _notes(issued: Mapping[str, Any], current: str, out: Path | None) -> Sequence[str]:
    ends = datetime.fromtimestamp(issued["ends"], UTC)
    left = max(0, round((issued["ends"] - time.time()) / 60))
    lines = [f"{issued['user']} as {issued['role']} until {ends:%Y-%m-%d %H:%M} UTC ({left} min)"]
    if not issued["is_bounded"]:
        lines.append("warning: the API server asks for no roles: whoever has it may do everything")
    if out is not None:
        lines.append(f"kubectl --kubeconfig {shlex.quote(str(out))} --context {current} get nodes")
    return lines


def _answering(servers: Sequence[Mapping[str, str]]) -> str:
    """Return the first node that takes a connection from here; the first of all if none does."""
    for row in servers:
        if takes_connections(row["url"]):
            return row["node"]
    click.echo(
        "warning: no control plane node takes a connection from here: open port 16443, or choose "
        "a context once one does",
        err=True,
    )
    return servers[0]["node"]


def takes_connections(url: str) -> bool:
    """Whether somebody listens at a URL; nothing is said to them."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port or 443), ANSWER_SECONDS).close()
    except OSError:
        return False
    return True


def _refuse_another_file(out: Path) -> None:
    """Refuse before anything is signed what cannot be written afterwards."""
    try:
        with out.open(encoding="utf-8") as file:
            is_ours = file.readline() == MARK
    except FileNotFoundError:
        is_ours = True
    except (OSError, UnicodeDecodeError):
        is_ours = False
    if not is_ours:
        raise Failure(
            f"cannot write {out}: a file is there that this command did not write; name another "
            "with --out"
        )
    if not os.access(out.parent, os.W_OK | os.X_OK):
        raise Failure(f"cannot write {out}: its folder takes no file; name another with --out")


def _write(out: Path, text: str) -> None:
    """Write the file at once, readable by its owner alone from the first moment."""
    scratch = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        scratch.replace(out)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        raise Failure(f"cannot write {out}: {error.strerror or error}; name another") from error
