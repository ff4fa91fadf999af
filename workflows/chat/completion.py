"""How what somebody is typing may go on; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cluster.quorum import VERBS
from workflows.chat.commands import CHANGES, OF_JOBS, USAGES
from workflows.chat.fields_said import fields_of
from workflows.chat.words import LONGEST
from workflows.kinds import KINDS

MOST = 25
"""Of candidates, as many as a chat shows."""
LINKS = {"add": "to", "remove": "from", "label": "in"}


@dataclass(frozen=True, slots=True)
class Names:
    """What there is, so far as whoever types may see it."""

    clusters: Sequence[str] = ()
    hosts: Sequence[str] = ()
    jobs: Sequence[str] = ()
    """The beginnings of their ids."""


def complete(text: str, names: Names | None = None) -> list[str]:
    """Return whole texts that what was typed may become; nothing for what nobody can tell.

    The last word is completed; behind a blank, the next one.
    """
    before, _, begun = text[:LONGEST].lstrip().rpartition(" ")
    words = [word.casefold() for word in before.split()]
    found = _next(words, names or Names())
    begins = [word for word in found if word.startswith(begun.casefold()) and word != begun]
    lead = f"{before.rstrip()} " if before.strip() else ""
    return [f"{lead}{word}" for word in dict.fromkeys(begins)][:MOST]


def _next(words: Sequence[str], names: Names) -> Iterable[str]:
    """Return what may come behind these words."""
    if not words:
        return USAGES
    verb, *rest = words
    if verb == "plan":
        return _next(rest, names) if rest else sorted(CHANGES)
    if verb == "change":
        return _next(rest, names) if rest and rest[0] in KINDS else sorted(KINDS)
    if verb == "help":
        return [] if rest else [*USAGES, *KINDS]
    if verb in {"status", "jobs"} or (verb in {"verify", "upgrade"} and not rest):
        return [] if rest else names.clusters
    if verb == "quorum":
        return _of_quorum(rest, names)
    if verb in OF_JOBS:
        return [] if rest else names.jobs
    if verb in LINKS:
        return _of_hosts(verb, rest, names)
    if verb == "upgrade":
        return ["to"] if len(rest) == 1 else []
    if verb in KINDS:
        return [f"{name}=" for name in fields_of(KINDS[verb])] if rest else names.clusters
    return []


def _of_quorum(rest: Sequence[str], names: Names) -> Iterable[str]:
    if len(rest) < 2:
        return ["if"] if rest else names.clusters
    return names.hosts if rest[-1] in VERBS else [*VERBS, "and"]


def _of_hosts(verb: str, rest: Sequence[str], names: Names) -> Iterable[str]:
    link = LINKS[verb]
    if link in rest:
        return names.clusters if rest[-1] == link else []
    if verb == "add" and not rest:
        return ["worker", "control-plane"]
    named = len(rest) - (verb == "add")
    return [*names.hosts, link] if named else names.hosts
