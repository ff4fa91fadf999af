"""The rule file in Redis: one document as it was written, its revision, and who wrote it when."""

import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

import redis

from cluster.yaml_places import Fault
from workflows.access import Principal
from workflows.approvers import CHATS, KNOWN, rows_of
from workflows.chat.people import principal_of
from workflows.hooks.rules.rule_file import RuleFaults, read_rules
from workflows.hooks.rules.rule_set import RuleSet

KEY = "cw:rules"
ANY = -1
"""The revision that a write expects which replaces whatever is there."""
# One step for Redis: of two people who write on the same revision, one is told of the other.
REPLACE = """
local now = tonumber(redis.call('HGET', KEYS[1], 'revision') or '0')
local expected = tonumber(ARGV[1])
if expected >= 0 and expected ~= now then
  return {0, now}
end
redis.call('HSET', KEYS[1], 'revision', now + 1, 'text', ARGV[2], 'by', ARGV[3], 'at', ARGV[4])
redis.call('HSET', KEYS[2], 'chats', ARGV[5])
return {1, now + 1}
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """The rule file as it is stored; revision 0 stands for none."""

    revision: int = 0
    text: str = ""
    by: str = ""
    """The id of the token that it was written with."""
    at: float | None = None
    """When, in seconds since 1970."""
    rules: RuleSet = field(default_factory=RuleSet)
    faults: tuple[Fault, ...] = ()
    """What this version finds wrong with a file that another has taken: then there is no rule."""


class RulesMoved(Exception):
    """Somebody has written the rule file in between; nothing is stored."""

    def __init__(self, expected: int, revision: int) -> None:
        self.expected, self.revision = expected, revision
        super().__init__(
            f"cannot replace the rules of revision {expected}: they are at revision {revision} by "
            "now; look at them, and write your changes into those"
        )


class RuleStore:
    """Reads and replaces the rule file; what is parsed is kept until the revision is another."""

    def __init__(self, client: redis.Redis, known: Collection[str]) -> None:
        """``known`` are the kinds of senders that there are."""
        self.redis, self.known = client, known
        self._replace = client.register_script(REPLACE)
        self._kept = Stored()

    def load(self) -> Stored:
        """Return the rule file: one question to Redis while nobody changes it.

        The moment is asked too: a Redis that was emptied, or restored, counts anew.
        """
        answer: Any = self.redis.hmget(KEY, "revision", "at")
        revision, at = answer
        kept = self._kept
        if (int(revision or 0), float(at) if at else None) != (kept.revision, kept.at):
            kept = self._kept = self._read()
        return kept

    def make_people_known(self) -> None:
        """Say who may approve by a chat, where a file of an earlier version does not say it."""
        self.redis.hsetnx(KNOWN, CHATS, rows_of(_people(self.load().rules)))

    def _read(self) -> Stored:
        row: Any = self.redis.hgetall(KEY)
        if not row:
            return Stored()
        about = Stored(int(row["revision"]), row["text"], row["by"], float(row["at"]))
        rules = RuleSet()
        faults: tuple[Fault, ...] = ()
        try:
            rules = read_rules(about.text, self.known)
        except RuleFaults as refused:
            faults = refused.faults
        return Stored(about.revision, about.text, about.by, about.at, rules, faults)

    def replace(self, text: str, expected_revision: int | None, by: str) -> Stored:
        """Store a rule file in place of the one of a revision, or of any where it is ``None``.

        Raises ``RuleFaults`` or ``RulesMoved``; then the former file stays.
        """
        people = rows_of(_people(read_rules(text, self.known)))
        expected = ANY if expected_revision is None else expected_revision
        args: list[int | str] = [expected, text, by, repr(time.time()), people]
        answer: Any = self._replace(keys=[KEY, KNOWN], args=args)
        is_stored, revision = map(int, answer)
        if not is_stored:
            raise RulesMoved(expected, revision)
        return self.load()


def _people(rules: RuleSet) -> Iterator[Principal]:
    """Yield who is known in the chats."""
    for sender in rules.senders.values():
        for person in (sender.people or {}).values():
            yield principal_of(sender.bounds, person)
