"""Operations that are tried on paper, as they are typed: ``quorum prod if remove n2``; pure."""

import re
from collections.abc import Iterator

from cluster.printable import short
from cluster.quorum import MOST_TRIED, VERBS
from workflows.chat.commands import Quorum
from workflows.chat.said_changes import Words, after_articles, cluster_of, misunderstood
from workflows.chat.words import names_of, nearest, written

BEFORE = frozenset({"if", "what-if"})
BETWEEN = frozenset({"and", "then"})
MEMBER = re.compile(r"[a-z0-9][a-z0-9.:-]{0,62}", re.ASCII)


def quorum_said(words: Words) -> Quorum:
    """Return what is asked about a quorum. Raises ``Misunderstood``."""
    rest = after_articles(words)
    if not rest:
        misunderstood("cannot tell a quorum: name a cluster", "quorum")
    cluster = cluster_of(rest[0], "quorum")
    if len(rest) > 1 and rest[1].lower not in BEFORE:
        said = short(rest[1].text, 80)
        misunderstood(f"cannot use {said} with quorum: if stands behind the cluster", "quorum")
    tried = tuple(_tried(rest[2:]))
    if len(rest) > 1 and not tried:
        misunderstood("cannot try nothing: say what, and on which node", "quorum")
    if len(tried) > MOST_TRIED:
        misunderstood(f"cannot try {len(tried)} operations: {MOST_TRIED} at most", "quorum")
    return Quorum(cluster, tried)


def quorum_words(command: Quorum) -> list[str]:
    """Return the words of a command; said again, it is the same."""
    words = ["quorum", written(command.cluster)]
    if command.tried:
        words.append("if")
    for verb, host in command.tried:
        words += [verb, f'"{host}"' if host in VERBS else written(host)]
    return words


def _tried(words: Words) -> Iterator[tuple[str, str]]:
    """Yield a verb and a node, for each node that is named behind it."""
    verb, named = "", True
    for word in words:
        if word.lower in VERBS:
            if not named:
                misunderstood(f"cannot {verb} nothing: name a node behind it", "quorum")
            verb, named = word.lower, False
        elif word.lower not in BETWEEN:
            if not verb:
                near = nearest(word.text, VERBS) or f"say one of {', '.join(VERBS)}"
                misunderstood(f"cannot try {short(word.text, 80)}: {near}", "quorum")
            for name in names_of([word]):
                named = True
                yield verb, _member(name)
    if not named:
        misunderstood(f"cannot {verb} nothing: name a node behind it", "quorum")


def _member(name: str) -> str:
    if not MEMBER.fullmatch(name):
        misunderstood(f"cannot use {short(name, 80)} as a node", "quorum")
    return name
