"""Rules as text: what is in force, what is wrong with a file, and what becomes of an event."""

import difflib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from cli.errors import Problem
from cli.output import counted, duration, sign

Row = Mapping[str, Any]
INVALID = frozenset({"/problems/invalid-rules", "/problems/invalid-cluster-file"})
MOST_SHOWN = 160
"""Characters of a line of the file that are shown with a fault."""


class FileRefused(Problem):
    """A file is refused; each fault is shown at its line, as compilers do."""

    def __init__(self, problem: Problem, name: str, text: str) -> None:
        super().__init__(problem.status, problem.body)
        self.name, self.file_lines = name, text.splitlines()

    def lines(self) -> Iterator[str]:
        yield f"{self}"
        for fault in self.body.get("errors") or ():
            line, column = fault.get("line"), fault.get("column")
            if not line:
                yield f"  {fault['detail']}"
                continue
            yield f"{self.name}:{line}:{column}: {fault['detail']}"
            if line <= len(self.file_lines) and self.file_lines[line - 1].strip():
                yield f"  {self.file_lines[line - 1][:MOST_SHOWN]}"
                yield f"  {' ' * (min(column or 1, MOST_SHOWN) - 1)}^"
        yield from self.advice_lines()


def told_of(problem: Problem, name: str, text: str) -> Problem:
    """Return the problem, with the lines of the file where it is about them."""
    is_file = problem.body.get("type") in INVALID
    return FileRefused(problem, name, text) if is_file else problem


def summary(document: Row) -> str:
    """Return how much there is in a rule file."""
    return (
        f"{counted(len(document['sources']), 'source')}, {counted(len(document['rules']), 'rule')}"
    )


def rules_lines(document: Row) -> Iterator[str]:
    """Yield each source, with what its events may ask for, and its rules below it."""
    if not document["revision"]:
        yield "no rules: nobody may send events"
        return
    yield (
        f"revision {document['revision']} by {document['by'] or '-'}, {document['at']}: "
        f"{summary(document)}"
    )
    for fault in document["faults"]:
        yield f"{sign('refuse')} line {fault['line']}: {fault['detail']}"
    if document["faults"]:
        yield "no rule is in force until the file is replaced"
    for source in document["sources"]:
        yield ""
        yield from _source_lines(source)
        own = [rule for rule in document["rules"] if rule["source"] == source["name"]]
        for rule in own:
            yield from _rule_lines(rule)
        if not own:
            yield f"  no rule is for it: {_without_rules(source)}"


def _without_rules(source: Row) -> str:
    is_chat = source.get("people") is not None
    return "what is typed in it is read as a command" if is_chat else "its events are ignored"


def _source_lines(source: Row) -> Iterator[str]:
    yield f"{source['name']} ({source['kind']})  POST /v1/hooks/{source['name']}"
    yield (
        f"  may ask for {', '.join(source['kinds'])} of clusters {source['clusters']} "
        f"({', '.join(source['environments'])})"
    )
    for person in source.get("people") or ():
        where = f"{person['clusters']} ({', '.join(person['environments'])})"
        roles = ", ".join(person["roles"])
        yield f"  {person['identity']} is {person['name']}: {roles} of clusters {where}"


def _rule_lines(rule: Row) -> Iterator[str]:
    yield f"  {sign('running')} {rule['name']}: {rule['kind']}"
    if rule["types"]:
        yield f"      where the type is {' or '.join(rule['types'])}"
    if rule["match"]:
        yield f"      where {rule['match']}"
    if rule["during"]:
        yield f"      awake {rule['during']}"
    if rule["cool_down"]:
        yield f"      once in {duration(rule['cool_down'])} for the same change"
    if rule["approve_within"]:
        yield f"      waits for somebody's approval, {rule['approve_within']} h at most"


def difference(before: str, after: str) -> Iterator[str]:
    """Yield what differs between two rule files."""
    yield from difflib.unified_diff(
        before.splitlines(), after.splitlines(), "in force", "new", lineterm="", n=2
    )


def verdict_lines(answer: Row) -> Iterator[str]:
    """Yield what each rule says, and the change that would be asked for."""
    width = max((len(row["rule"]) for row in answer["rows"]), default=0)
    for row in answer["rows"]:
        mark = sign("done" if row["matched"] else "info")
        yield f"{mark} {row['rule']:<{width}}  {row['why']}"
    if answer["rows"]:
        yield ""
    chat = answer.get("chat")
    if chat:
        who = chat["person"] or f"{chat['identity']}, whom the rules do not name"
        roles = f" ({', '.join(chat['roles'])})" if chat["roles"] else ""
        yield f"{who}{roles} writes: {chat['command'] or 'what is no command'}"
    yield answer["because"]
    change = answer["change"]
    if change:
        for name, value in change["params"].items():
            yield f"  {name}: {json.dumps(value, ensure_ascii=False)}"
        if change["reason"]:
            yield f"  because: {change['reason']}"
        if change["accept"]:
            yield f"  accepts: {', '.join(change['accept'])}"
        yield f"  on failure: {change['on_failure']}"
        if change["approve_within"]:
            yield f"  waits for somebody's approval, {change['approve_within']} h at most"
        if answer["cool_down"]:
            yield f"  once in {duration(answer['cool_down'])} for the same change"
    for other in answer["others"]:
        name = " ".join(filter(None, (other["type"], other["subject"])))
        yield f"also in the document, {name}: {other['because']}"
    if any(row["why"].startswith("the event tells no type") for row in answer["rows"]):
        yield "the document does not say of which type it is: name the type with --type"
    tried = "a file that was tried" if answer["revision"] is None else "the rules in force"
    number = f" (revision {answer['revision']})" if answer["revision"] is not None else ""
    yield f"nothing has happened; these are {tried}{number}"
