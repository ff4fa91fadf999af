"""What an event leads to by the rules: which one fits, and why the others do not; pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from marshmallow import ValidationError

from cluster.field_faults import flattened
from cluster.names import HostName
from cluster.printable import short
from workflows.hooks.received import Event
from workflows.hooks.rules.expressions import Expression, NotFound
from workflows.hooks.rules.rule_set import Rule, RuleSet, Sender
from workflows.hooks.rules.templates import Missing, filled
from workflows.kinds import KINDS
from workflows.plan import Change
from workflows.planner import normalised

MOST_TOLD = 5
"""Faults of params, or rules, that one sentence tells."""
LONGEST_WHY = 500
OVER = "it is resolved: an event that is over asks for nothing"


@dataclass(frozen=True, slots=True)
class Wish:
    """The change that an event asks for by a rule."""

    rule: str
    change: Change
    cool_down: int
    """Seconds; 0 where every event counts."""
    key: str
    """Equal for the same change by the same rule, whatever event asks for it."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one rule says to an event."""

    rule: str
    matched: bool
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an event leads to: the change of the first rule that fits, or nothing."""

    wish: Wish | None
    rows: tuple[Row, ...]
    """One for each rule, in their order."""
    because: str
    """The whole in one sentence, for whoever has sent the event."""


class _Unfit(Exception):
    """A rule does not fit an event, because."""


def decide(rules: RuleSet, sender: str, event: Event, at: datetime) -> Verdict:
    """Return what an event of a source leads to, at a moment with its time zone.

    Nothing raises: whatever an event says, it fits a rule or not.
    """
    wish, rows = None, []
    for rule in rules.rules:
        if rule.source != sender:
            rows.append(Row(rule.name, False, f"it is for source {rule.source}"))
            continue
        if wish:
            rows.append(Row(rule.name, False, f"rule {wish.rule}, which stands before it, fits"))
            continue
        try:
            wish = _wish(rules, rule, event, at)
        except _Unfit as unfit:
            rows.append(Row(rule.name, False, short(str(unfit), LONGEST_WHY)))
        else:
            change = wish.change
            rows.append(Row(rule.name, True, f"it asks for {change.kind} of {change.cluster}"))
    return Verdict(wish, tuple(rows), _because(rules, sender, event, wish, rows))


def _because(rules: RuleSet, sender: str, event: Event, wish: Wish | None, rows: list[Row]) -> str:
    if wish:
        return f"rule {wish.rule} asks for {wish.change.kind} of {wish.change.cluster}"
    if sender not in rules.senders:
        return f"ignored, because the rule file has no source {short(sender, 80)}"
    own = [row for row, rule in zip(rows, rules.rules, strict=True) if rule.source == sender]
    if not own:
        return f"ignored, because no rule is for source {sender}"
    if event.is_over:
        return f"ignored, because {OVER}"
    told = "; ".join(f"{row.rule}: {row.why}" for row in own[:MOST_TOLD])
    return short(f"ignored, because no rule fits: {told}", 2 * LONGEST_WHY)


def _wish(rules: RuleSet, rule: Rule, event: Event, at: datetime) -> Wish:
    """Return what an event asks for by a rule. Raises ``_Unfit``."""
    if rule.types and not any(fnmatchcase(event.type, pattern) for pattern in rule.types):
        if not event.type:
            raise _Unfit(f"the event tells no type, and one of {', '.join(rule.types)} is wanted")
        raise _Unfit(f"the type {short(event.type, 80)} is none of {', '.join(rule.types)}")
    if event.is_over:
        raise _Unfit(OVER)
    if rule.match:
        _ask(rule.match, event.data)
    if rule.during and not rule.during.contains(at):
        raise _Unfit(f"outside of its hours: it is awake {rule.during}")
    wanted, sender = rule.change, rules.senders[rule.source]
    change = Change(
        cluster=_cluster(rule, sender, event.data),
        kind=wanted.kind,
        params=_params(rule, event.data),
        accept=wanted.accept,
        on_failure=wanted.on_failure,
        reason=wanted.reason.fill(event.data),
        approve_within=rules.approval(rule),
    )
    key = hashlib.sha256(f"{rule.name}\n{change.digest}".encode()).hexdigest()
    return Wish(rule.name, change, rule.cool_down, key)


def _ask(match: Expression, document: Any) -> None:
    try:
        found = match.search(document)
    except NotFound as error:
        raise _Unfit(str(error)) from None
    if found is False:
        raise _Unfit("match is false of this event")
    if found is not True:
        raise _Unfit(
            f"match is neither true nor false of this event, but {short(repr(found), 80)}; "
            "compare with == in it"
        )


def _cluster(rule: Rule, sender: Sender, document: Any) -> str:
    """Return the name of the cluster, if the source may change that."""
    found = _taken(rule.change.cluster, document, rule.default_cluster or None, "cluster")
    try:
        name = str(HostName().deserialize(found))
    except ValidationError as error:
        [(_, detail), *_] = flattened(error.messages)
        raise _Unfit(f"cluster: {detail}") from None
    if not fnmatchcase(name, sender.clusters):
        raise _Unfit(f"cluster {name} is not one of {sender.clusters}")
    return name


def _params(rule: Rule, document: Any) -> dict[str, Any]:
    """Return the params as the kind's own schema takes them."""
    found = dict(rule.default_params)
    for name, template in rule.change.params.items():
        found[name] = _taken(template, document, rule.default_params.get(name), name)
    try:
        return normalised(KINDS[rule.change.kind], found)
    except ValidationError as error:
        faults = list(flattened(error.messages))
        told = "; ".join(f"{at or '/'}: {text}" for at, text in faults[:MOST_TOLD])
        raise _Unfit(f"params of {rule.change.kind} cannot be used: {told}") from None


def _taken(template: Any, document: Any, default: Any, name: str) -> Any:
    """Return what the event says, or else the default."""
    try:
        return filled(template, document)
    except Missing as missing:
        if default is not None:
            return default
        raise _Unfit(f"{missing}; {name} has no default") from None
