"""``clusterwright diff`` and ``apply``: a cluster is compared with its file, and brought to it."""

import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import click
from yaml.nodes import MappingNode, ScalarNode

from cli import markdown_view
from cli.asked_job import followed
from cli.commands import ApiSession, json_option, pass_session
from cli.errors import Failure, Problem
from cli.host_files.yaml_nodes import BadYaml, Nodes, composed
from cli.manual import Manual
from cli.output import console, counted, print_json
from cli.pasteable import pasteable
from cli.plan_view import plan_lines
from cli.read_text import text_at
from cli.rules_view import told_of
from cli.tables import print_rows
from cli.visible import visible

NAME = re.compile(r"""^name:\s*["']?([a-z0-9-]+)["']?\s*(?:#.*)?$""", re.MULTILINE)
COLUMNS = ("what", "now", "wanted", "by")
DIFFERENT = 3
TOLD = frozenset({"would-be-removed", "seen-otherwise"})
"""Findings that are told although the plan may be carried out."""
Row = Mapping[str, Any]

file_option = click.option(
    "-f",
    "--file",
    type=click.Path(dir_okay=False, allow_dash=True),
    required=True,
    metavar="FILE",
    help="The cluster's file; - is standard input.",
)


@click.command(
    cls=Manual,
    short_help="Say how a cluster differs from its file; nothing happens.",
    examples=[
        "clusterwright diff -f prod.yaml",
        "clusterwright diff -f prod.yaml --json",
        "clusterwright diff -f prod.yaml --markdown > comment.md",
    ],
    exits={
        0: "Nothing differs.",
        1: "The file has faults, each told with its line; or nobody answers.",
        DIFFERENT: "Something differs.",
    },
    see_also=["apply", "export", "clusters look"],
)
@file_option
@click.option("--markdown", is_flag=True, help="Write it as Markdown, to post as a comment.")
@json_option
@pass_session
def diff(session: ApiSession, file: str, *, markdown: bool, as_json: bool) -> None:
    """Compare a cluster's file with its record, and with how it was last seen.

    Each row says what differs, and by which kind of change apply brings it there. What only the
    last observation has otherwise is told as seen: lost labels and taints are given again by
    apply, lost addons are enabled again, and the rest is told with what to do.

    \b
    apiVersion: clusterwright/v1
    name: prod
    environment: prod              # dev, staging or prod
    channel: 1.32/stable
    addons: [metrics-server]
    hosts:                         # by the names that the inventory has
      cp-1: {role: control-plane}
      w-1:
        role: worker
        labels: {disk: ssd}
        taints: ["gpu=yes:NoSchedule"]
    """  # noqa: D301  # click wants the very character that begins what is to be left as it is
    found = _compared(session, file)
    if as_json:
        print_json(found)
    elif markdown:
        click.echo("\n".join(markdown_view.diff_lines(found)))
    elif found["differences"]:
        print_rows(COLUMNS, [_cells(row) for row in found["differences"]])
    else:
        click.echo(f"nothing differs: cluster {found['cluster']} is as {file} has it")
    sys.exit(DIFFERENT if found["differences"] else 0)


@click.command(
    cls=Manual,
    short_help="Bring a cluster to what its file says.",
    examples=[
        "clusterwright apply -f prod.yaml --dry-run",
        "clusterwright apply -f prod.yaml --wait",
        "clusterwright apply -f prod.yaml --prune --accept no-node-to-drain-to",
    ],
    exits={
        0: "There is nothing to do, or it was accepted; with --wait, its job succeeded.",
        1: "It was refused or could not be asked for; with --wait, its job did not succeed.",
    },
    see_also=["diff", "export", "plan", "watch"],
)
@file_option
@click.option("--prune", is_flag=True, help="Remove nodes and disable addons it does not name.")
@click.option("--dry-run", is_flag=True, help="Show the plan; nothing happens.")
@click.option("--markdown", is_flag=True, help="With --dry-run: as Markdown, for a comment.")
@click.option("--accept", multiple=True, metavar="CODE", help="A finding to accept. Repeatable.")
@click.option("--reason", default="", help="Why, for those who read the job later.")
@click.option("--plan-digest", metavar="DIGEST", help="Carry out only the plan that was shown.")
@click.option("--wait", is_flag=True, help="Follow the job; exit code 1 unless it succeeds.")
@json_option
@pass_session
def apply(
    session: ApiSession,
    file: str,
    *,
    prune: bool,
    dry_run: bool,
    markdown: bool,
    accept: tuple[str, ...],
    reason: str,
    plan_digest: str | None,
    wait: bool,
    as_json: bool,
) -> None:
    """Bring a cluster to what its file says, by one job: labels, new nodes, addons, channel.

    A cluster that is not there is created. What the file does not name stays, and is told; with
    --prune it is removed, at the end. The same file again is nothing to do, and makes no job.
    """
    if markdown and not dry_run:
        raise click.UsageError("--markdown shows a plan; say --dry-run with it")
    found = _compared(session, file)
    place = f"/v1/clusters/{quote(found['cluster'], '')}"
    params = found["params"] | {"prune": prune}
    body = {"kind": "apply", "params": params, "accept": list(accept), "reason": reason}
    plan = session.client.post(f"{place}/plans", body)
    if dry_run:
        _show(plan, as_json=as_json, markdown=markdown)
        sys.exit(0 if plan["allowed"] else 1)
    if plan["allowed"] and _is_nothing(plan):
        if as_json:
            print_json({"cluster": found["cluster"], "job": None, "plan": plan})
        else:
            click.echo("\n".join(_nothing(plan, file)))
        if plan_digest not in (None, plan["digest"]):
            click.echo(f"! the plan of {plan_digest} is another one: none is carried out", err=True)
        return
    for row in _kept(plan):
        click.echo(f"! {row['message']}", err=True)
    body["plan_digest"] = plan_digest or plan["digest"]
    job = session.client.post(f"{place}/changes", body)
    if wait:
        followed(session, job["id"], as_json=as_json)
    elif as_json:
        print_json(job)
    else:
        steps = counted(len(plan["steps"]), "step")
        click.echo(f"job {job['id']}: {job['status']}, {steps}")
        click.echo(f"  {pasteable('watch', job['id'][:8])}")


def _compared(session: ApiSession, file: str) -> dict[str, Any]:
    """Return how a file differs; raises ``Problem`` with its lines where it has faults."""
    text = text_at(file)
    path = f"/v1/clusters/{quote(_named(text, file), '')}/file/diff"
    try:
        found: dict[str, Any] = session.client.post(path, {"text": text})
    except Problem as problem:
        raise told_of(problem, file, text) from None
    return found


def _named(text: str, file: str) -> str:
    """Return the name of the cluster that a file is of; raises ``Failure`` where it tells none."""
    if found := NAME.search(text):
        return found[1]
    try:
        whole = Nodes().entries(composed(text) or MappingNode("", []))
    except BadYaml as error:
        raise Failure(
            f"cannot read {file} as YAML: line {error.line}: {error}; look at the indentation and "
            "at quotes"
        ) from None
    row = next((entry for entry in whole if entry.name == "name"), None)
    if row is None or not isinstance(row.value, ScalarNode) or not row.value.value:
        raise Failure(
            f"cannot tell which cluster {file} is of: write a line 'name: CLUSTER' into it, "
            f"or look at one with {pasteable('export', '--help')}"
        )
    return str(row.value.value)


def _cells(row: Row) -> list[str]:
    by = f"{row['by']}, with --prune" if row["needs_prune"] else row["by"] or "no change"
    if row["is_seen"]:
        by += ": it was seen so"
    return [visible(row["what"]), visible(row["now"]), visible(row["wanted"]), by]


def _show(plan: Row, *, as_json: bool, markdown: bool) -> None:
    if as_json:
        print_json(plan)
    elif markdown:
        click.echo("\n".join(markdown_view.plan_lines(plan)))
    else:
        console().print("\n".join(plan_lines(plan)), soft_wrap=True)


def _is_nothing(plan: Row) -> bool:
    return any(row["code"] == "nothing-to-do" for row in plan["findings"])


def _nothing(plan: Row, name: str) -> Iterator[str]:
    yield f"nothing to do: cluster {plan['cluster']} is recorded as {name} has it"
    for row in _kept(plan):
        yield f"! {row['message']}"


def _kept(plan: Row) -> list[Row]:
    return [row for row in plan["findings"] if row["code"] in TOLD]
