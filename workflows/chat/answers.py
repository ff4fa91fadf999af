"""What somebody in a chat is told, before any chat's own form; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from workflows.states import JobStatus

PRESSABLE = ("approve", "reject", "retry", "rollback", "cancel")
SHORT_ID, SHORT_DIGEST = 8, 16
"""So much of an id, and of a digest, is written."""
BUTTON_SECONDS = 24 * 3600
"""For which a button is good; what has changed by then is looked at anew."""


@dataclass(frozen=True, slots=True)
class Button:
    """Something that can be asked of a job by one press."""

    verb: str
    job: str
    digest: str
    """The beginning of the digest of the plan that whoever presses it has seen."""
    epoch: int
    """How often the job had gone on anew by then, and 0 while it waited for somebody's approval: a
    press is for one of these times only."""
    expires: int
    """In seconds since 1970."""
    nonce: str
    """Another for each answer."""

    @property
    def written(self) -> str:
        """What the chat keeps and brings back, in 100 signs at most."""
        numbers = str(self.epoch), str(self.expires)
        return ".".join((self.verb, self.job, self.digest, *numbers, self.nonce))


def button_of(text: str) -> Button | None:
    """Return the button that a chat has brought back, or nothing for what is none of ours."""
    parts = text.split(".")
    if len(parts) != 6:
        return None
    verb, job, digest, epoch, expires, nonce = parts
    if verb not in PRESSABLE or not _is_number(epoch) or not _is_number(expires) or not nonce:
        return None
    if not _is_hexadecimal(job, 32) or not _is_hexadecimal(digest, SHORT_DIGEST):
        return None
    return Button(verb, job, digest, int(epoch), int(expires), nonce)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 11


def _is_hexadecimal(text: str, length: int) -> bool:
    return len(text) == length and set(text) <= set("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Said:
    """One answer; each kind of sender gives it its own form."""

    text: str
    drawing: str = ""
    """Lines whose signs stand below each other."""
    link: str = ""
    """An address of the page that shows more."""
    buttons: tuple[Button, ...] = ()
    for_all: bool = False
    """Whether everybody in the channel may read it, and not whoever has asked alone."""
    to_press: bool = False
    """Whether it answers a press of a button, and not what somebody has typed."""
    in_dialogue: bool = False
    """Whether it answers a dialogue that was filled in, and stands in its place."""
    job: str = ""
    """The job that was asked for, or that something was asked of; nothing of one looked at."""
    choices: tuple[str, ...] | None = None
    """How what is being typed may go on, where that is asked."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Said":
        """Return what ``as_dict`` told."""
        buttons = tuple(Button(**button) for button in row["buttons"])
        choices = row["choices"]
        told = {**row, "buttons": buttons, "choices": None if choices is None else tuple(choices)}
        return cls(**told)


@dataclass(frozen=True, slots=True)
class Way:
    """How a press comes back, for chats that sign nothing of it."""

    url: str = ""
    secret: bytes = b""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody in a chat has typed or pressed, and who that is."""

    identity: str
    """Of the chat, never a name that people choose: ``TEAM:USER``."""
    text: str = ""
    pressed: str | None = None
    """What a button has brought back."""
    channel: str = ""
    delivery: str = ""
    """What tells one press of the same button from another, where the event's own key does not."""
    in_dialogue: bool = False
    """Whether it was typed into a dialogue, which shows what is answered."""
    is_completing: bool = False
    """Whether it is being typed still, and only asks how to go on."""


def time_of(status: str, epoch: int) -> int:
    """Return which of its times a job is at, as its buttons tell it.

    What is begun is another thing to cancel than what waits for somebody's approval.
    """
    return 0 if status == JobStatus.AWAITING_APPROVAL else epoch


def buttons_for(
    job: str, can: Sequence[str], digest: str, epoch: int, *, at: float, nonce: str
) -> tuple[Button, ...]:
    """Return the buttons for what may be asked of a job, ``at`` in seconds since 1970.

    ``epoch`` is what ``time_of`` tells.
    """
    short = digest.removeprefix("sha256:")[:SHORT_DIGEST]
    expires = int(at) + BUTTON_SECONDS
    return tuple(
        Button(verb, job, short, epoch, expires, nonce) for verb in PRESSABLE if verb in can
    )
