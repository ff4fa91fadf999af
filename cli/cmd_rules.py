"""``clusterwright rules ...``."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import click

from cli.commands import ApiSession, Group, json_option, pass_session
from cli.errors import Failure, Problem
from cli.output import print_json
from cli.pasteable import pasteable
from cli.read_text import text_of
from cli.rules_view import difference, rules_lines, summary, told_of, verdict_lines
from cli.visible import visible

PATH = "/v1/rules"
EVENT = {"type", "data", "id", "subject", "is_over"}
"""Members of an event; a document that has others is what a sender has sent."""


@click.group(
    short_help="Say who may send events, and what they lead to.",
    cls=Group,
    examples=[
        "clusterwright rules check rules.yaml",
        "clusterwright rules explain event.json --source tickets --file rules.yaml",
        "clusterwright rules apply rules.yaml",
    ],
    see_also=["change", "jobs list"],
)
def rules() -> None:
    """Rules: who may send events, and the changes that these lead to.

    One YAML file has them all. Its sources say who may send events, and which changes of which
    clusters these may ask for; whatever is not said there is not allowed. Its rules say which event
    leads to which change. The first rule that fits wins.
    """


file_argument = click.argument("file", type=click.File("rb"), metavar="FILE")


@rules.command(
    short_help="Show the rules that are in force.",
    examples=[
        "clusterwright rules show",
        "clusterwright rules show --text > rules.yaml",
        "clusterwright rules show --json",
    ],
    see_also=["rules explain", "rules apply"],
)
@click.option("--text", "as_text", is_flag=True, help="The file itself, as it was written.")
@json_option
@pass_session
def show(session: ApiSession, *, as_text: bool, as_json: bool) -> None:
    """Show who may send events, and what each rule does with them.

    --text prints the file as it was written, comments too, to be changed and applied again.
    """
    if as_text and as_json:
        raise click.UsageError("say --text or --json: one document at a time")
    found = session.client.get(PATH)
    if as_json:
        print_json(found)
    elif as_text:
        click.echo(found["text"], nl=False)
    else:
        click.echo("\n".join(rules_lines(found)))
        if not found["revision"]:
            click.echo(f"{pasteable('rules', 'apply', '--help')} tells how to say who may")


@rules.command(
    short_help="Say whether a rule file could be used; nothing is stored.",
    examples=["clusterwright rules check rules.yaml", "clusterwright rules check - < rules.yaml"],
    exits={0: "It could be used.", 1: "It has faults, each told with its line; or nobody answers."},
    see_also=["rules explain", "rules apply"],
)
@file_argument
@json_option
@pass_session
def check(session: ApiSession, file: Any, *, as_json: bool) -> None:
    """Read a rule file as `rules apply` would, and tell everything that is wrong with it.

    A file has two parts:

    \b
    sources:                      # who may send events
      tickets:                    # to POST /v1/hooks/tickets
        kind: jira                # how they sign and word them
        clusters: "test-*"        # what they may change, and nothing else
        environments: [dev]
        kinds: [add-nodes]
    rules:                        # the first that fits wins
      - name: scale-out
        source: tickets
        match: "issue.fields.status.name == 'Approved'"    # JMESPath
        change:
          kind: add-nodes
          cluster: {get: issue.fields.customfield_10010}   # out of the event
          params:
            workers: {words: issue.fields.customfield_10011}

    docs/how-to/rules.md explains each field.
    """  # noqa: D301  # click wants the very character that begins what is to be left as it is
    text = text_of(file)
    found = _put(session, file.name, {"text": text, "dry_run": True}, {})
    if as_json:
        print_json(found)
    else:
        click.echo(f"{file.name} could be used: {summary(found)}")


@rules.command(
    short_help="Put a rule file in force.",
    examples=["clusterwright rules apply rules.yaml"],
    exits={
        0: "It is in force.",
        1: "It is not, and the former rules stay; standard error says why.",
    },
    see_also=["rules check", "rules explain", "rules show"],
)
@file_argument
@json_option
@pass_session
def apply(session: ApiSession, file: Any, *, as_json: bool) -> None:
    """Replace the rules by those of a file: as a whole, or not at all.

    What differs from the rules before is shown. Somebody who writes at the same moment is not
    overwritten.
    """
    text = text_of(file)
    before, tag = session.client.tagged(PATH)
    if before["text"] == text and before["revision"] and not before["faults"]:
        found = before
    else:
        found = _put(session, file.name, {"text": text}, {"If-Match": tag})
    if as_json:
        print_json(found)
        return
    for line in difference(before["text"], text):
        click.echo(visible(line))
    is_new = found["revision"] != before["revision"]
    state = "is in force now" if is_new else "was in force already"
    click.echo(f"revision {found['revision']} {state}: {summary(found)}")


@rules.command(
    short_help="Say what an event would lead to, rule by rule.",
    examples=[
        "clusterwright rules explain event.json --source tickets",
        "clusterwright rules explain body.json --source tickets --type jira:issue_updated \\",
        "  --file rules.yaml",
    ],
    exits={
        0: "It would lead to a change, or is a command of a chat that would be carried out.",
        1: "It would lead to nothing, or that could not be told.",
    },
    see_also=["rules check", "rules show"],
)
@click.argument("event", type=click.File("rb"), metavar="EVENT.json")
@click.option("--source", required=True, help="Who sends it: a name under sources in the file.")
@click.option("--type", "of_type", default="", help="The event's type, where EVENT.json has none.")
@click.option(
    "--file", type=click.File("rb"), help="Try this rule file instead of the one in force."
)
@click.option(
    "--at", metavar="TIME", help="When it comes, as 2026-11-27T08:30:00Z.  [default: now]"
)
@json_option
@pass_session
def explain(
    session: ApiSession,
    event: Any,
    *,
    source: str,
    of_type: str,
    file: Any | None,
    at: str | None,
    as_json: bool,
) -> None:
    """Hold an event against the rules, and say of each whether it fits, and why; nothing happens.

    EVENT.json is an event, an object with type and data (and id, subject, is_over); or what the
    sender sends, which is read as its kind of sender words it. Where a header names the type, as
    GitHub's does, --type has it; then the whole document is the event's data. --source alone
    decides whose rules are asked. Of a command of a chat it says how it is understood, and who
    asks: --type slash_command for Slack.
    """
    body: dict[str, Any] = {"source": source, "event": _event_of(event, of_type)}
    if at:
        body["at"] = at
    text = text_of(file) if file else ""
    if file:
        body["text"] = text
    try:
        answer = session.client.post(f"{PATH}/explain", body)
    except Problem as problem:
        raise told_of(problem, file.name if file else "", text) from None
    if as_json:
        print_json(answer)
    else:
        click.echo("\n".join(verdict_lines(answer)))
    chat = answer.get("chat") or {}
    sys.exit(0 if answer["change"] or chat.get("allowed") else 1)


def _put(
    session: ApiSession, name: str, body: Mapping[str, Any], headers: Mapping[str, str]
) -> dict[str, Any]:
    try:
        found: dict[str, Any] = session.client.put(PATH, body, headers)
    except Problem as problem:
        raise told_of(problem, name, body["text"]) from None
    return found


def _event_of(file: Any, of_type: str) -> dict[str, Any]:
    """Return the event of a file; where it is what a sender has sent, as its data."""
    try:
        document = json.loads(text_of(file))
    except (ValueError, RecursionError) as error:
        raise Failure(f"cannot read {file.name} as JSON: {error}; give one JSON document") from None
    is_event = isinstance(document, dict) and "data" in document and set(document) <= EVENT
    event = document if is_event else {"data": document}
    return {**event, "type": of_type} if of_type else event
