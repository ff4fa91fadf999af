"""API tokens as requests bring them: ``cw_<id>_<secret>``; of the secret a hash is stored only."""

import hashlib
import hmac
import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

import redis
from redis.exceptions import RedisError

from api.access.revoked import REVOKED
from api.access.token_records import TokenRecord, day_and_time
from workflows.access import Grant
from workflows.approvers import TOKENS as TOKENS  # tokens are told by this module

USED = "cw:tokens:used"
"""When each token was last used, to the minute: Unix time by id."""
TOKEN = re.compile(r"cw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
CACHE_SECONDS = 5.0
"""How long a deleted token may still work."""
USE_SECONDS = 60
"""How much later a use has to be than the one that is written down, to be written down too."""
# One step, so that a token that is revoked at that moment leaves no use behind.
NOTE_USE = """
local last = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or '0')
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 and ARGV[2] - last >= tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
end
return 0
"""

logger = logging.getLogger(__name__)


class TokenEnded(Exception):
    """A token is what it says, and its time is over."""

    def __init__(self, record: TokenRecord) -> None:
        self.record = record
        self.when = day_and_time(record.expires or 0)
        super().__init__(f"cannot answer the request: its token ended on {self.when}; make another")


class Tokens:
    """Checks tokens; asks Redis again after a few seconds, so that polling stays cheap."""

    def __init__(
        self,
        client: redis.Redis,
        *,
        restore: Callable[[], bool] = lambda: False,
        is_revoked: Callable[[str], bool] = lambda _: False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``restore`` makes valid again what an emptied Redis has lost, and says if it did.

        ``is_revoked`` is asked too: Redis may have been put back as it was.
        """
        self.redis, self._restore, self._is_revoked = client, restore, is_revoked
        self.clock = clock
        self._known: dict[str, tuple[TokenRecord, float]] = {}
        self._noted: dict[str, float] = {}

    def holder(self, token: str) -> str | None:
        """Return the id of a valid token, or ``None``.

        Raises ``TokenEnded`` for one whose time is over; only who has the whole of it learns that.
        """
        parts = TOKEN.fullmatch(token)
        if not parts:
            return None
        known = self._record(parts[1])
        stored = known.digest if known else None
        # How long comparing takes tells nothing of a secret. Whether an id is known can be told by
        # how long looking it up takes; ids are no secret, and stand in logs.
        same = hmac.compare_digest(stored or digest_of(""), digest_of(parts[2]))
        if not known or not same:
            return None
        if known.has_ended(self.clock()):
            raise TokenEnded(known)
        return known.id

    def find(self, token_id: str) -> TokenRecord | None:
        """Return the token of that id, if it has not been deleted and has not ended."""
        known = self._record(token_id)
        return None if known is None or known.has_ended(self.clock()) else known

    def forget(self, token_id: str) -> None:
        """Ask Redis again for that token; other processes do so within seconds."""
        self._known.pop(token_id, None)

    def note_use(self, token_id: str) -> None:
        """Write down that a token was used now, unless that was done within the last minute."""
        now = self.clock()
        if now - self._noted.get(token_id, 0) < USE_SECONDS:
            return
        self._noted[token_id] = now
        try:
            self.redis.eval(NOTE_USE, 2, TOKENS, USED, token_id, int(now), USE_SECONDS)
        except RedisError as error:
            # Who only looks is answered by a Redis that takes no writes, too.
            logger.info("cannot write down the use of token %s: %s", token_id, error)

    def _record(self, token_id: str) -> TokenRecord | None:
        known = self._known.get(token_id)
        now = time.monotonic()
        if known and now - known[1] < CACHE_SECONDS:
            return known[0]
        text = self._row(token_id)
        if not text and self._restore():
            text = self._row(token_id)
        if not text or self._is_revoked(token_id):
            self.forget(token_id)
            return None
        found = TokenRecord.of(token_id, text)
        self._known[token_id] = (found, now)
        return found

    def _row(self, token_id: str) -> str:
        with self.redis.pipeline(transaction=False) as pipe:
            pipe.hget(TOKENS, token_id)
            pipe.sismember(REVOKED, token_id)
            text, revoked = pipe.execute()
        return "" if revoked or not text else str(text)


def new_token() -> str:
    """Return a fresh token; nothing is stored."""
    return f"cw_{secrets.token_hex(6)}_{secrets.token_urlsafe(32)}"


def id_of(token: str) -> str | None:
    """Return the id in a token, or ``None`` if it is none."""
    parts = TOKEN.fullmatch(token)
    return parts[1] if parts else None


def register(
    client: redis.Redis, token: str, name: str, grants: Iterable[Grant] | None = None
) -> None:
    """Make ``token`` valid; only its secret's hash is kept. Without ``grants`` it has all.

    Raises ``ValueError`` for what is no token, and for one that was revoked.
    """
    parts = TOKEN.fullmatch(token)
    if not parts:
        raise ValueError("cannot register a token: it is not of the form cw_<id>_<secret>")
    row: dict[str, Any] = {"sha256": digest_of(parts[2]), "name": name, "created": int(time.time())}
    if grants is not None:
        row["grants"] = [grant.as_dict() for grant in grants]

    def store(pipe: Any) -> None:
        if pipe.sismember(REVOKED, parts[1]):
            raise ValueError(f"cannot register token {parts[1]}: it was revoked; make another")
        pipe.multi()
        pipe.hset(TOKENS, parts[1], json.dumps(row))

    client.transaction(store, REVOKED)


def digest_of(secret: str) -> str:
    """Return what is stored of a secret; 256 random bits need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()
