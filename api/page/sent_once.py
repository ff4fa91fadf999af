"""Which job a plan's form has led to: sent twice, it leads to the same one.

Two at the same time find each other in the ledger, as identical unfinished changes; this is for
the second that comes when the job has ended.
"""

import hashlib
import secrets
from typing import Any

import redis

KEPT_SECONDS = 24 * 3600


class SentOnce:
    """The forms of one token's holder, by their keys."""

    def __init__(self, client: redis.Redis, token_id: str) -> None:
        self.redis, self.token_id = client, token_id

    def job(self, key: str) -> str | None:
        """Return the id of the job that a form with this key has led to."""
        found: Any = self.redis.get(self._place(key)) if key else None
        return str(found) if found else None

    def remember(self, key: str, job: str) -> None:
        if key:
            self.redis.set(self._place(key), job, ex=KEPT_SECONDS)

    def _place(self, key: str) -> str:
        return "cw:form:" + hashlib.sha256(f"{self.token_id}\n{key}".encode()).hexdigest()


def new_key() -> str:
    """Return the key of a form that is about to be shown."""
    return secrets.token_urlsafe(16)
