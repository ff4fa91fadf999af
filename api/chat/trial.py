"""What would come of something that is written in a chat; nothing happens."""

from typing import Any

from api.chat.asker import Asker
from api.chat.carrying import change_of, permit_command
from api.chat.conversation import REFUSALS, refusal_text
from workflows.chat.answers import Asked, button_of
from workflows.chat.commands import FOR_ANYBODY, ChangeOf, Command, OfJob
from workflows.chat.grammar import parse, printed
from workflows.chat.people import stranger
from workflows.chat.words import Misunderstood
from workflows.hooks.received import Event
from workflows.hooks.rules.rule_set import Sender
from workflows.hooks.sources import SOURCES
from workflows.plan import Change


def heard(sender: Sender, event: Event) -> Asked | None:
    """Return what somebody has typed or pressed by an event, where the sender takes commands."""
    hear = SOURCES[sender.kind].heard
    return hear(event) if hear and sender.people is not None else None


def tried(sender: Sender, event: Event, at: float) -> tuple[dict[str, Any] | None, Change | None]:
    """Return who has written and what they mean, and the change that would be asked for."""
    asked = heard(sender, event)
    if asked is None:
        return None, None
    asker = Asker(sender, asked.identity, at)
    person = asker.person
    told: dict[str, Any] = {
        "identity": asked.identity,
        "person": person.name if person else None,
        "roles": sorted(map(str, person.roles)) if person else [],
    }
    try:
        command = _command(asked, at)
    except Misunderstood as error:
        return told | {"command": None, "because": str(error), "allowed": False}, None
    why_not = _why_not(asker, command)
    change = change_of(asker, command) if isinstance(command, ChangeOf) else None
    who = person.name if person else "somebody"
    because = why_not or f"{who} asks for this: {printed(command)}"
    told |= {"command": printed(command), "because": because, "allowed": not why_not}
    return told, None if why_not else change


def _command(asked: Asked, at: float) -> Command:
    """Return what is asked for. Raises ``Misunderstood``."""
    if asked.pressed is None:
        return parse(asked.text)
    button = button_of(asked.pressed)
    if button is None or button.expires < at:
        raise Misunderstood("cannot use this button: it is none of ours, or its time is over")
    return OfJob(button.verb, button.job, button.digest if button.verb == "approve" else "")


def _why_not(asker: Asker, command: Command) -> str:
    if asker.person is None and not isinstance(command, FOR_ANYBODY):
        return stranger(asker.identity, asker.sender.people or {})
    try:
        permit_command(asker, command)
    except REFUSALS as error:
        return refusal_text(asker, error)
    return ""
