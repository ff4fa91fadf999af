"""API tokens: ``cw_<id>_<secret>``; only a hash of the secret is stored."""

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import redis

from workflows.access import EVERYTHING, Grant

TOKENS = "cw:tokens"
TOKEN = re.compile(r"cw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
CACHE_SECONDS = 5.0
"""How long a deleted token may still work."""


@dataclass(frozen=True, slots=True)
class Known:
    """A stored token, as read at a moment."""

    digest: str
    read_at: float
    name: str
    grants: tuple[Grant, ...]


class Tokens:
    """Checks tokens; asks Redis again after a few seconds, so that polling stays cheap."""

    def __init__(self, client: redis.Redis, *, restore: Callable[[], bool] = lambda: False) -> None:
        """``restore`` makes valid again what an emptied Redis has lost, and says if it did."""
        self.redis, self._restore = client, restore
        self._known: dict[str, Known] = {}

    def holder(self, token: str) -> str | None:
        """Return the id of a valid token, or ``None``."""
        parts = TOKEN.fullmatch(token)
        if not parts:
            return None
        token_id = parts[1]
        known = self.find(token_id)
        stored = known.digest if known else None
        # How long comparing takes tells nothing of a secret. Whether an id is known can be told by
        # how long looking it up takes; ids are no secret, and stand in logs.
        same = hmac.compare_digest(stored or _digest(""), _digest(parts[2]))
        return token_id if same and stored else None

    def find(self, token_id: str) -> Known | None:
        """Return the token of that id, if it has not been deleted."""
        known = self._known.get(token_id)
        now = time.monotonic()
        if known and now - known.read_at < CACHE_SECONDS:
            return known
        text: Any = self.redis.hget(TOKENS, token_id)
        if not text and self._restore():
            text = self.redis.hget(TOKENS, token_id)
        if not text:
            self._known.pop(token_id, None)
            return None
        row = json.loads(text)
        found = Known(str(row["sha256"]), now, str(row.get("name", "")), _grants(row))
        self._known[token_id] = found
        return found


def _grants(row: Mapping[str, Any]) -> tuple[Grant, ...]:
    """Return what is granted to a token; to one that says nothing of it, everything."""
    return tuple(map(Grant.from_dict, row["grants"])) if "grants" in row else EVERYTHING


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
    """Make ``token`` valid; only its secret's hash is kept. Without ``grants`` it has all."""
    parts = TOKEN.fullmatch(token)
    if not parts:
        raise ValueError("cannot register a token: it is not of the form cw_<id>_<secret>")
    row: dict[str, Any] = {"sha256": _digest(parts[2]), "name": name, "created": int(time.time())}
    if grants is not None:
        row["grants"] = [grant.as_dict() for grant in grants]
    client.hset(TOKENS, parts[1], json.dumps(row))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
