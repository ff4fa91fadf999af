"""What Tab offers: clusters, jobs, hosts and kinds as the API knows them at that moment.

A shell waits for the answer: it comes quickly or not at all, and an error never shows.
"""

import functools
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click
import httpx
from click.shell_completion import CompletionItem

from cli.api_token import read_token
from cli.errors import Failure
from cli.places import DEFAULT_URL, default_data_dir, token_file

SECONDS = 1.0
"""How long a person at the keyboard is kept waiting for names."""
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem[Any]]]


def _names(
    path: str | Callable[[click.Context], str], rows: Callable[[Any], Iterator[tuple[str, str]]]
) -> Complete:
    """Return what completes a parameter with the names that an answer holds.

    ``{begun}`` in a path is what the name that is being typed begins with.
    """

    def complete(ctx: click.Context, _: click.Parameter, begun: str) -> list[CompletionItem[Any]]:
        done, comma, last = begun.rpartition(",")
        try:
            asked = path.format(begun=quote(last, "")) if isinstance(path, str) else path(ctx)
            found = list(rows(ask(ctx, asked)))
        except (Failure, httpx.HTTPError, httpx.InvalidURL, ValueError, LookupError, TypeError):
            return []
        return [
            CompletionItem(f"{done}{comma}{name}", help=about)
            for name, about in found
            if name.startswith(last)
        ]

    return complete


def ask(ctx: click.Context, path: str) -> Any:
    """Ask the API that the command line, as far as it is written, would ask.

    Raises what ``httpx`` does, ``Failure`` without a token, and ``ValueError`` for no JSON.
    """
    root_params = ctx.find_root().params
    url = str(root_params.get("url") or os.environ.get("CLUSTERWRIGHT_URL") or DEFAULT_URL)
    file: Path | None = root_params.get("file")
    token = None if file else os.environ.get("CLUSTERWRIGHT_TOKEN", "").strip()
    token = token or read_token(file or token_file(default_data_dir()))
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.get(
        f"{url.rstrip('/')}{path}", headers=headers, timeout=SECONDS, trust_env=False
    )
    return answer.raise_for_status().json()


def _clusters(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for row in answer["clusters"]:
        yield row["name"], f"{row['topology']}, {row['environment']}"


def _hosts(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for row in answer["hosts"]:
        yield row["name"], row["cluster"] or "free"


def _free_hosts(answer: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((name, about) for name, about in _hosts(answer) if about == "free")


def _jobs(
    answer: Mapping[str, Any], statuses: frozenset[str] | None = None
) -> Iterator[tuple[str, str]]:
    for row in answer["jobs"]:
        if statuses is None or row["status"] in statuses:
            yield row["id"][:12], f"{row['kind']} {row['cluster']}, {row['status']}"


def _cluster(ctx: click.Context) -> str:
    return f"/v1/clusters/{quote(str(ctx.params.get('cluster') or ''), '')}"


def _nodes(answer: Mapping[str, Any], role: str = "") -> Iterator[tuple[str, str]]:
    for name, node in answer["nodes"].items():
        if role in ("", node["role"]):
            yield name, node["role"]


clusters_named = _names("/v1/clusters?begun={begun}", _clusters)
hosts_named = _names("/v1/hosts?begun={begun}", _hosts)
"""Completes one host as well as the last of several, with commas between them."""
hosts_free = _names("/v1/hosts?free=true&begun={begun}", _free_hosts)
"""The same for hosts that are in no cluster."""
jobs_begun = _names("/v1/jobs?per_page=50", _jobs)
nodes_named = _names(_cluster, _nodes)
"""Completes nodes of the cluster that the command line names."""
control_plane_named = _names(_cluster, functools.partial(_nodes, role="control-plane"))
"""The same for those that run the API and the datastore."""
CAN = {
    "approve": frozenset({"awaiting-approval"}),
    "reject": frozenset({"awaiting-approval"}),
    "cancel": frozenset({"awaiting-approval", "queued", "running", "waiting"}),
    "retry": frozenset({"failed", "cancelled", "waiting"}),
    "rollback": frozenset({"failed", "cancelled", "stuck"}),
}
"""In which statuses a job takes what is asked of it."""


def jobs_that_can(verb: str) -> Complete:
    """Return what completes jobs that this may be asked of."""
    return _names("/v1/jobs?per_page=50", functools.partial(_jobs, statuses=CAN[verb]))
