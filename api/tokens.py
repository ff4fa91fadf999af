"""API tokens: ``cw_<id>_<secret>``; only a hash of the secret is stored.

``python -m api.tokens`` makes the first token and writes it for the local command line; at a
terminal it shows it too.
"""

import hashlib
import hmac
import json
import logging
import os
import re
import secrets
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
from redis.exceptions import RedisError

TOKENS = "cw:tokens"
TOKEN = re.compile(r"cw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
FILE_NAME = "token"
CACHE_SECONDS = 5.0
"""How long a deleted token may still work."""
logger = logging.getLogger("api.tokens")  # this module runs as __main__ too


@dataclass(frozen=True, slots=True)
class Known:
    """A stored token, as read at a moment."""

    digest: str
    read_at: float


class Tokens:
    """Checks tokens; asks Redis again after a few seconds, so that polling stays cheap."""

    def __init__(self, client: redis.Redis) -> None:
        self.redis = client
        self._known: dict[str, Known] = {}

    def holder(self, token: str) -> str | None:
        """Return the id of a valid token, or ``None``."""
        parts = TOKEN.fullmatch(token)
        if not parts:
            return None
        token_id = parts[1]
        stored = self._stored(token_id)
        # Compared for an unknown id too, so that the time it takes tells nothing.
        same = hmac.compare_digest(stored or _digest(""), _digest(parts[2]))
        return token_id if same and stored else None

    def exists(self, token_id: str) -> bool:
        """Whether the token of that id has not been deleted."""
        return self._stored(token_id) is not None

    def _stored(self, token_id: str) -> str | None:
        known = self._known.get(token_id)
        now = time.monotonic()
        if known and now - known.read_at < CACHE_SECONDS:
            return known.digest
        text: Any = self.redis.hget(TOKENS, token_id)
        if not text:
            self._known.pop(token_id, None)
            return None
        digest = str(json.loads(text)["sha256"])
        self._known[token_id] = Known(digest, now)
        return digest


def new_token() -> str:
    """Return a fresh token; nothing is stored."""
    return f"cw_{secrets.token_hex(6)}_{secrets.token_urlsafe(32)}"


def first_token(client: redis.Redis, data_dir: Path) -> str | None:
    """Make the first token where there is none, and write it for the local command line.

    Returns it to be shown once, or ``None`` when there are tokens already. When Redis has lost
    them, the one in the file becomes valid again.
    """
    if client.hlen(TOKENS):
        return None
    path = data_dir / FILE_NAME
    if path.exists() and TOKEN.fullmatch(kept := path.read_text().strip()):
        register(client, kept, "local")
        return None
    token = new_token()
    data_dir.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token + "\n")
    part.replace(path)
    register(client, token, "local")
    return token


def register(client: redis.Redis, token: str, name: str) -> None:
    """Make ``token`` valid; only its secret's hash is kept."""
    parts = TOKEN.fullmatch(token)
    if not parts:
        raise ValueError("cannot register a token: it is not of the form cw_<id>_<secret>")
    row = {"sha256": _digest(parts[2]), "name": name, "created": int(time.time())}
    client.hset(TOKENS, parts[1], json.dumps(row))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def main() -> int:
    """Make the first token, if there is none; show it to a person, and never to a log."""
    from workflows import logs
    from workflows.connection import connect
    from workflows.settings import Settings

    logs.configure()
    settings = Settings.from_env()
    try:
        token = first_token(connect(settings), settings.data_dir)
    except (RedisError, OSError) as error:
        failed = "cannot make the first token: %s; start Redis, then run it again"
        logger.log(logging.ERROR, failed, error)  # a sentence says it, without a traceback
        return 1
    if token:
        path = settings.data_dir / FILE_NAME
        logger.info("made the first API token: it is kept in %s", path)
        if sys.stdout.isatty():
            sys.stdout.write(f"API token (shown once): {token}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
