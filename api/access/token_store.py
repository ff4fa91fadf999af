"""The tokens that there are: made, listed, revoked and rotated by people.

A change is one transaction in Redis. Who revokes or rotates holds a lock over all API processes,
as the file of revoked tokens is written before Redis is: two who revoke at once, each seeing the
other's token as the admin that is left, would lock everybody out.
"""

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import redis

from api.access.revoked import REVOKED, RevokedFile
from api.access.token_records import (
    DAY_SECONDS,
    TokenRecord,
    Wish,
    day_and_time,
    is_last_admin,
    successor,
)
from api.access.tokens import TOKEN, TOKENS, USED, digest_of, new_token

LOCK = "cw:tokens:lock"
LOCK_SECONDS = 10
ID = re.compile(r"[0-9a-f]{12}", re.ASCII)
KEPT_SECONDS = 90 * DAY_SECONDS
"""How long a token that has ended is still told of."""

_Done = TypeVar("_Done")

logger = logging.getLogger(__name__)


class TokenNotFound(Exception):
    """No token has that id."""


class LastAdmin(Exception):
    """Nobody could make tokens any more; nothing has happened."""


class NotRotated(Exception):
    """A token cannot be rotated as it is; nothing has happened."""


@dataclass(frozen=True, slots=True)
class Made:
    """A token that was made now, with the whole of it: nobody can tell it later."""

    record: TokenRecord
    token: str


@dataclass(frozen=True, slots=True)
class Rotated:
    """A token, and the one that takes its place."""

    old: TokenRecord
    new: Made


class TokenStore:
    """Everything that people do with tokens but using them."""

    def __init__(
        self,
        client: redis.Redis,
        revoked: RevokedFile,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.redis, self.revoked, self.clock = client, revoked, clock

    def all(self) -> list[TokenRecord]:
        """Return every token, valid or ended, oldest first."""
        rows: Any = self.redis.hgetall(TOKENS)
        return self._read(rows)

    def one(self, token_id: str) -> TokenRecord:
        """Return a token, valid or ended; raises ``TokenNotFound``."""
        return _of(token_id, self.all())

    def last_uses(self) -> dict[str, float]:
        """Return when tokens were last used, to the minute: Unix time by id."""
        found: Any = self.redis.hgetall(USED)
        return {token_id: float(when) for token_id, when in found.items()}

    def make(self, wish: Wish, *, by: str) -> Made:
        """Make a token valid, and forget those that ended long ago."""
        now = self.clock()
        token, token_id, digest = _fresh()
        record = wish.record(token_id, digest, by=by, now=now)
        long_ago = [old.id for old in self.all() if old.has_ended(now - KEPT_SECONDS)]
        with self.redis.pipeline(transaction=True) as pipe:
            pipe.hset(TOKENS, record.id, record.row)
            for old in long_ago:
                pipe.hdel(TOKENS, old)
                pipe.hdel(USED, old)
            pipe.execute()
        logger.info("token %s (%s) was made by token %s", record.id, record.name, by)
        return Made(record, token)

    def revoke(self, token_id: str, *, by: str) -> TokenRecord:
        """Make a token invalid for good, and return what it was.

        Raises ``TokenNotFound`` and ``LastAdmin``.
        """

        def change(pipe: Any) -> TokenRecord:
            records = self._read(pipe.hgetall(TOKENS))
            record = _of(token_id, records)
            if is_last_admin(token_id, records, self.clock()):
                raise LastAdmin(
                    f"cannot revoke token {token_id} ({record.name}): no other token that is valid "
                    "now may administer all clusters, so nobody could make tokens any more; make "
                    "another with the role admin first"
                )
            self.revoked.note(token_id)
            pipe.multi()
            take_away(pipe, token_id)
            return record

        found = self._changed(change)
        logger.info("token %s (%s) was revoked by token %s", found.id, found.name, by)
        return found

    def rotate(
        self,
        token_id: str,
        *,
        overlap_seconds: float,
        by: str,
        allow: Callable[[TokenRecord], None] = lambda _: None,
    ) -> Rotated:
        """Make a token that takes another's place, and end that one after an overlap.

        Without an overlap the old one is revoked. ``allow`` raises what speaks against it, and so
        does this: ``TokenNotFound`` and ``NotRotated``.
        """
        token, new_id, digest = _fresh()

        def change(pipe: Any) -> Rotated:
            now = self.clock()
            old = _of(token_id, self._read(pipe.hgetall(TOKENS)))
            _demand_place(old, now)
            allow(old)
            new = successor(old, new_id, digest, by=by, now=now)
            ending = replace(old.ends_by(now + overlap_seconds), replaced_by=new_id)
            if not overlap_seconds:
                self.revoked.note(token_id)
            pipe.multi()
            pipe.hset(TOKENS, new_id, new.row)
            if overlap_seconds:
                pipe.hset(TOKENS, token_id, ending.row)
            else:
                take_away(pipe, token_id)
            return Rotated(ending, Made(new, token))

        found = self._changed(change)
        logger.info("token %s takes the place of %s, asked by token %s", new_id, token_id, by)
        return found

    def _changed(self, change: Callable[[Any], _Done]) -> _Done:
        """Carry out a change of what there is, again if it has moved meanwhile."""
        lock = self.redis.lock(
            LOCK,
            timeout=LOCK_SECONDS,
            blocking_timeout=LOCK_SECONDS,
            raise_on_release_error=False,  # the change is made by then
        )
        with lock:
            transaction: Any = self.redis.transaction  # its types know of no answer
            done: _Done = transaction(change, TOKENS, value_from_callable=True)
            return done

    def _read(self, rows: dict[str, str]) -> list[TokenRecord]:
        found = (TokenRecord.of(*row) for row in rows.items())
        valid = (record for record in found if not self.revoked.has(record.id))
        return sorted(valid, key=lambda record: (record.created, record.id))


def _fresh() -> tuple[str, str, str]:
    """Return a new token, its id and what is stored of its secret."""
    token = new_token()
    parts = TOKEN.fullmatch(token)
    if parts is None:
        raise AssertionError("a new token is of the form of tokens")
    return token, parts[1], digest_of(parts[2])


def _of(token_id: str, records: list[TokenRecord]) -> TokenRecord:
    for record in records:
        if record.id == token_id:
            return record
    if not ID.fullmatch(token_id):  # not repeated: it may be a whole token
        raise TokenNotFound(
            "cannot find the token: an id has 12 of 0-9 and a-f, and stands in the token after cw_"
        )
    raise TokenNotFound(
        f"cannot find token {token_id}: no token has that id, or it was revoked; list the tokens"
    )


def _demand_place(old: TokenRecord, now: float) -> None:
    """Raise ``NotRotated`` for a token that is over, or has a successor."""
    if old.replaced_by:
        raise NotRotated(
            f"cannot rotate token {old.id} ({old.name}): {old.replaced_by} has taken its place "
            "already; rotate that one"
        )
    if old.has_ended(now):
        raise NotRotated(
            f"cannot rotate token {old.id} ({old.name}): it ended on "
            f"{day_and_time(old.expires or 0)}; make another"
        )


def take_away(pipe: Any, token_id: str) -> None:
    """Have a transaction make a token invalid for good: three commands."""
    pipe.sadd(REVOKED, token_id)
    pipe.hdel(TOKENS, token_id)
    pipe.hdel(USED, token_id)
