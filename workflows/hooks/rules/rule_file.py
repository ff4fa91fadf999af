"""A rule file, from its text to its rules: whole, or not at all, with all that is wrong; pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from marshmallow import Schema, ValidationError

from cluster.field_faults import flattened, unknown
from cluster.yaml_places import Fault, FaultsFound, Placed, read_yaml
from workflows.hooks.rules.checks import faults_of
from workflows.hooks.rules.fields import sender_name
from workflows.hooks.rules.rule_set import Rule, RuleSet, Sender
from workflows.hooks.rules.schemas import RuleSchema, SenderSchema

MOST_SENDERS, MOST_RULES = 100, 500
TOP = ["sources", "rules"]


class RuleFaults(FaultsFound):
    """A rule file is refused as a whole: nothing of it is used."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        what_now = "correct all of them, the former rules stay meanwhile"
        super().__init__(faults, "the rule file", what_now)


def read_rules(text: str, known: Collection[str]) -> RuleSet:
    """Return the rules of a text; ``known`` are the kinds of senders that there are.

    Raises ``RuleFaults`` with everything that is wrong, each at its line. A text without anything
    in it lets nobody send events.
    """
    placed = read_yaml(text)
    rules = _read(placed, known) if not placed.faults else RuleSet()
    if placed.faults:
        raise RuleFaults(placed.faults)
    return rules


def _read(placed: Placed, known: Collection[str]) -> RuleSet:
    """Return the rules of a document; what is wrong is among its faults afterwards."""
    whole = {} if placed.value is None else placed.value
    if not isinstance(whole, Mapping):
        placed.fault("", "cannot use this as a rule file: it has two parts, sources and rules")
        return RuleSet()
    for name in whole:
        if name not in TOP:
            placed.fault(f"/{_escaped(name)}", unknown(name, TOP))
    senders = dict(_senders(whole.get("sources") or {}, placed, known))
    rules = tuple(_rules(whole.get("rules") or [], placed))
    _say_twice(rules, placed)
    named = whole.get("sources")
    names = list(named) if isinstance(named, Mapping) else []
    for place, rule in rules:
        if rule.source not in names:
            detail = unknown(rule.source, names) + " (the sources of this file)"
            placed.fault(f"/rules/{place}/source", detail)
        for pointer, detail in faults_of(rule, senders.get(rule.source)):
            placed.fault(f"/rules/{place}{pointer}", detail)
    return RuleSet(senders, tuple(rule for _, rule in rules))


def _say_twice(rules: Collection[tuple[int, Rule]], placed: Placed) -> None:
    """Note the rules whose name stands before already."""
    seen: dict[str, int] = {}
    for place, rule in rules:
        if rule.name in seen:
            first = placed.places[f"/rules/{seen[rule.name]}"][0]
            placed.fault(
                f"/rules/{place}/name",
                f"cannot call two rules {rule.name}: the other is in line {first}; rename one",
            )
        seen.setdefault(rule.name, place)


def _senders(rows: Any, placed: Placed, known: Collection[str]) -> Iterator[tuple[str, Sender]]:
    if not isinstance(rows, Mapping):
        placed.fault("/sources", "cannot use this as sources: write name: and what it may do")
        return
    if len(rows) > MOST_SENDERS:
        placed.fault("/sources", f"cannot take {len(rows)} sources: {MOST_SENDERS} at most")
        return
    for name, row in rows.items():
        base = f"/sources/{_escaped(name)}"
        try:
            sender_name(name)
        except ValidationError as error:
            placed.fault(base, str(error.messages[0]))
        data = _loaded(SenderSchema(), row, base, placed)
        kind = row.get("kind") if isinstance(row, Mapping) else None
        if isinstance(kind, str) and kind not in known:
            placed.fault(f"{base}/kind", unknown(kind, sorted(known)))
        if data is not None:
            yield name, Sender(name=name, **data)


def _rules(rows: Any, placed: Placed) -> Iterator[tuple[int, Rule]]:
    if not isinstance(rows, list):
        placed.fault("/rules", "cannot use this as rules: write a list, each with - before it")
        return
    if len(rows) > MOST_RULES:
        placed.fault("/rules", f"cannot take {len(rows)} rules: {MOST_RULES} at most")
        return
    for place, row in enumerate(rows):
        rule = _loaded(RuleSchema(), row, f"/rules/{place}", placed)
        if rule is None and isinstance(row, Mapping):
            rule = _without_faults(row)
        if rule is not None:
            yield place, rule


def _without_faults(row: Mapping[str, Any]) -> Rule | None:
    """Return the rule that is left without what is wrong with it, so that the rest is judged too.

    The file is refused by then; nothing but more faults comes of it.
    """
    wrong = RuleSchema().validate(row)
    kept = {name: value for name, value in row.items() if name not in wrong}
    inner, change = wrong.get("change"), row.get("change")
    if isinstance(inner, Mapping) and isinstance(change, Mapping):
        kept["change"] = {name: value for name, value in change.items() if name not in inner}
    kept.setdefault("types", ["*"])
    kept.setdefault("name", f"rule-without-a-name-{id(row)}")
    try:
        rule: Rule = RuleSchema().load(kept)
    except ValidationError:
        return None
    return rule


def _loaded(schema: Schema, row: Any, base: str, placed: Placed) -> Any:
    """Return what a schema makes of a row, or nothing; then its faults are noted."""
    if not isinstance(row, Mapping):
        example = next(iter(schema.fields))
        placed.fault(base, f"cannot use this value: names with values are wanted, as {example}: x")
        return None
    try:
        return schema.load(row)
    except ValidationError as error:
        for pointer, detail in flattened(error.messages):
            placed.fault(base + pointer, detail)
        return None


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
