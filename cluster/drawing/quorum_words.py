"""A quorum in words: one sentence, and how worried to be about it."""

from collections.abc import Mapping, Sized
from enum import StrEnum
from typing import Any


class Health(StrEnum):
    """How a node or a quorum stands."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"


def quorum_sentence(quorum: Mapping[str, Any] | None) -> str:
    """Return what the datastore's quorum stands on, and what it survives."""
    if not quorum:
        return "quorum: not observed yet"
    voters, alive, need = quorum["voters"], quorum["voters_alive"], quorum["majority"]
    sentence = f"quorum: {alive} of {_count(voters, 'voter')} alive, {need} needed"
    others = [
        _count(quorum[key], word)
        for key, word in (("standbys", "stand-by"), ("spares", "spare"))
        if quorum[key]
    ]
    sentence += f" (and {' and '.join(others)})" if others else ""
    if not quorum.get("has_leader", True):
        sentence += ", by a list that may be old; it has no leader"
    if quorum["tolerance"] < 0:
        return f"{sentence}: QUORUM IS LOST, the datastore accepts no writes"
    lost = quorum["tolerance"]
    survives = f"survives the loss of {_count(lost, 'voter')}" if lost else "survives no loss"
    return (
        f"{sentence}: {survives}; {'highly available' if quorum['ha'] else 'not highly available'}"
    )


def health_of(quorum: Mapping[str, Any] | None) -> Health:
    """Return how worried to be; one node that was meant to be alone is no worry."""
    if not quorum:
        return Health.UNKNOWN
    if not quorum["quorum"]:
        return Health.BAD
    short = quorum["voters_alive"] < quorum["voters"]
    alone = quorum["members"] == 1
    return Health.WARN if short or (quorum["tolerance"] < 1 and not alone) else Health.GOOD


def health_with(quorum: Mapping[str, Any] | None, findings: Sized) -> Health:
    """Return how worried to be about a cluster; what was found makes a good quorum need a look."""
    health = health_of(quorum)
    return Health.WARN if health is Health.GOOD and len(findings) else health


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
