"""What an event leads to: the rule that fits it, and the job that the rule's change has become."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from workflows.access import KEY_SECONDS, Forbidden, Principal, RequestKey, Via, request_key
from workflows.hooks.received import Event, Received
from workflows.hooks.rules.rule_set import RuleSet, Sender
from workflows.hooks.rules.verdicts import Wish, decide
from workflows.hooks.signing.timestamps import WINDOW_SECONDS
from workflows.hooks.source import Source
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.ledger.refusals import ChangeTooLarge, HostTaken
from workflows.plan import Change, Refused
from workflows.references import reference_to
from workflows.submit import submit

KEPT_SECONDS = KEY_SECONDS + 2 * WINDOW_SECONDS
"""How long an event is known that has led to a job: for longer than any signature is good.

GLPI's is good for a day, from a moment that may lie ahead as far as clocks differ.
"""
NOT_DONE = (Refused, HostTaken, ChangeTooLarge)
"""What sending an event again does not mend: it is answered, and not asked for once more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one event."""

    event: Event
    because: str
    """In a sentence: which rule made the job, or why there is none."""
    rule: str = ""
    job: str = ""
    refused: bool = False
    """Whether a rule asked for a change, and that cannot be carried out."""

    @property
    def word(self) -> str:
        """One of a few words, by which events are counted."""
        return "job" if self.job else "refused" if self.refused else "ignored"


def principal_of(sender: Sender) -> Principal:
    """Return who asks where an event of this sender leads to a change."""
    return Principal(f"hook:{sender.name}", sender.name, Via.HOOK, sender.grants)


def beyond_source(sender: Sender, change: Change, error: Forbidden) -> str:
    """Say why a rule's change is not one that its source may ask for, and what to do."""
    needs = sorted({str(grant.permission) for grant in sender.grants})
    environments = ", ".join(sorted(map(str, sender.environments)))
    return (
        f"cannot ask for {change.kind} of {change.cluster}: it needs the permission {error.need} "
        f"there, and source {sender.name} has {', '.join(needs)} on clusters {sender.clusters} "
        f"that are for {environments}; look at its environments and kinds in the rule file, or ask "
        "for it with a token"
    )


class Gate:
    """Carries out what the rules say of events; each leads to one job, however often it comes."""

    def __init__(self, ledger: Ledger, inventory: Inventory, rules: RuleSet) -> None:
        self._ledger, self._inventory, self._rules = ledger, inventory, rules

    def take(
        self,
        sender: Sender,
        source: Source,
        received: Received,
        events: Sequence[Event],
        *,
        trace_id: str = "",
    ) -> list[Outcome]:
        """Return what became of each event. Raises what ``submit`` does that may pass by itself."""
        return [
            self._one(sender, event, source.key(received, event), received.at, trace_id)
            for event in events
        ]

    def _one(self, sender: Sender, event: Event, key: str, at: float, trace_id: str) -> Outcome:
        own = replace(delivery_key(sender, key), is_renewed=event.lasts)
        if known := self._ledger.keyed(own):
            return Outcome(event, "this event has led to the job before", job=known[0])
        verdict = decide(self._rules, sender.name, event, datetime.fromtimestamp(at, UTC))
        if verdict.wish is None:
            return Outcome(event, verdict.because)
        return self._ask(sender, event, verdict.wish, own, trace_id)

    def _ask(
        self, sender: Sender, event: Event, wish: Wish, own: RequestKey, trace_id: str
    ) -> Outcome:
        stores = self._ledger, self._inventory
        keys = [own, *_cool_down(sender, wish)]
        by = principal_of(sender)
        try:
            found = submit(
                *stores,
                wish.change,
                by=by,
                keys=keys,
                trace_id=trace_id,
                reference=reference_to(sender.name, event.subject, event.url),
            )
        except Forbidden as error:
            told = beyond_source(sender, wish.change, error)
            return Outcome(event, told, rule=wish.rule, refused=True)
        except NOT_DONE as error:
            return Outcome(event, str(error), rule=wish.rule, refused=True)
        because = f"rule {wish.rule} asks for {wish.change.kind} of {wish.change.cluster}"
        if not found.created:
            because += ", for which there is a job already"
        return Outcome(event, because, rule=wish.rule, job=found.job.id)


def delivery_key(sender: Sender, key: str) -> RequestKey:
    """Return the name under which the ledger knows an event of a sender."""
    # What is sent again may differ in what does not count, such as the moment: the name decides.
    found = request_key(f"hook:{sender.name}", "delivery", key, key)
    return replace(found, seconds=KEPT_SECONDS)


def _cool_down(sender: Sender, wish: Wish) -> Sequence[RequestKey]:
    """Return the name that all events share which ask for the same within a rule's cool-down."""
    if not wish.cool_down:
        return ()
    shared = request_key(f"hook:{sender.name}", "cool-down", wish.key, wish.key)
    return (replace(shared, seconds=wish.cool_down),)
