"""One answer in a chat: what was typed or pressed, whether they may, and what comes of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from api.backend import backend
from api.chat import telling
from api.chat.asker import Asker
from api.chat.carrying import carry_out, pressed
from api.chat.once import told_once
from api.http.errors import WORDS, problem_of
from api.http.problems import PROBLEMS, Problem
from cluster.actions import documents
from workflows.access import Forbidden
from workflows.chat.advice import to_type
from workflows.chat.answers import Asked, Said, button_of
from workflows.chat.commands import FOR_ANYBODY, ChangeOf, Command, OfJob
from workflows.chat.completion import complete
from workflows.chat.grammar import parse
from workflows.chat.people import OutOfBounds, stranger
from workflows.chat.words import Misunderstood, nearest
from workflows.inventory import ClusterNotFound
from workflows.plan import Refused

OLD_BUTTON = (
    "cannot use this button: it is none of ours, or its time is over; type jobs, then watch JOB"
)
REFUSALS: tuple[type[Exception], ...] = (Problem, OutOfBounds, *WORDS)
"""What is told in words, and not as a defect."""
LOOKS = frozenset({"watch", "why"})
"""What is asked about a job, and not of it."""


def conversation(asker: Asker, asked: Asked) -> Said:
    """Return the answer to what somebody has typed or pressed; refusals are answers too.

    What changes something is carried out once for each delivery, and answered the same each time.
    """
    if asked.is_completing:
        return Said("", choices=tuple(complete(asked.text, telling.names_for(asker))))
    told = _told(asker, asked)
    return replace(told, to_press=asked.pressed is not None, in_dialogue=asked.in_dialogue)


def _told(asker: Asker, asked: Asked) -> Said:
    if asked.pressed is not None:
        return _once(asker, lambda: _press(asker, asked.pressed or ""))
    try:
        command = parse(asked.text)
    except Misunderstood as error:
        return Said(str(error))
    if changes_something(command):
        return _once(asker, lambda: _carried(asker, command))
    return _carried(asker, command)


def changes_something(command: Command) -> bool:
    """Whether more comes of a command than an answer."""
    if isinstance(command, ChangeOf):
        return not command.is_plan
    return isinstance(command, OfJob) and command.verb not in LOOKS


def _once(asker: Asker, make: Callable[[], Said]) -> Said:
    return told_once(backend().redis, asker.key, make) if asker.key else make()


def _carried(asker: Asker, command: Command) -> Said:
    if asker.person is None and not isinstance(command, FOR_ANYBODY):
        return Said(stranger(asker.identity, asker.sender.people or {}))
    return _with_refusals(asker, lambda: carry_out(asker, command))


def _press(asker: Asker, text: str) -> Said:
    button = button_of(text)
    if button is None or button.expires < asker.at:
        return Said(OLD_BUTTON)
    if asker.person is None:
        return Said(stranger(asker.identity, asker.sender.people or {}))
    return _with_refusals(asker, lambda: pressed(asker, button))


def _with_refusals(asker: Asker, make: Callable[[], Said]) -> Said:
    try:
        return make()
    except REFUSALS as error:
        return Said(refusal_text(asker, error))


def refusal_text(asker: Asker, error: Exception) -> str:
    """Return in a chat's words why something was not done."""
    if isinstance(error, Forbidden):
        return asker.lacks(error)
    if isinstance(error, OutOfBounds):
        return str(error)
    if isinstance(error, Refused):
        advice = [f"-> {one.advice}" for one in error.findings if one.advice]
        return "\n".join([str(error), *dict.fromkeys(advice)])
    problem = problem_of(error)
    if problem.status >= 500:
        raise error
    if "type " in problem.detail:
        return problem.detail
    known = PROBLEMS[problem.word]
    rows = problem.extra.get("actions") or documents(action.of() for action in known.actions)
    near = _meant(asker, rows) if isinstance(error, ClusterNotFound) else ""
    return "\n".join(filter(None, (problem.detail, near, to_type(rows) or known.advice)))


def _meant(asker: Asker, rows: Sequence[Mapping[str, Any]]) -> str:
    """Ask whether another cluster was meant, of those that may be told of."""
    named = [row["arguments"]["cluster"] for row in rows if "cluster" in row["arguments"]]
    return nearest(named[0], telling.names_for(asker).clusters) if named else ""
