"""What happened on this host, kept for tests: effects, commands and, as an oracle, tokens."""

import json
import os
import time
from contextlib import suppress
from typing import Any

from lab.emulator import host, paths

SECRET_LENGTH = 32


def effect(what: str, **facts: Any) -> None:
    """Record that something really changed on this host."""
    entry = {"time": round(time.time(), 3), "host": host.this_host().name, "what": what, **facts}
    _append("effects.jsonl", entry)


def command(words: list[str]) -> None:
    entry = {"time": round(time.time(), 3), "host": host.this_host().name, "user": os.getuid()}
    _append("commands.jsonl", entry | {"words": [masked(word) for word in words]})


def minted(token: str) -> None:
    """Keep a token in clear in the lab's own log, so that a leak test knows what to look for."""
    with suppress(OSError), open(f"{paths.LOG}/tokens.txt", "a", encoding="utf-8") as file:
        file.write(f"{token}\n")
    effect("token-minted", sha256=digest(token))


def digest(token: str) -> str:
    import hashlib

    return hashlib.sha256(token.encode()).hexdigest()


def masked(word: str) -> str:
    """The word with every part that is long enough to be a token replaced by its digest."""
    for separator in ("=", "/"):
        parts = word.split(separator)
        if len(parts) > 1 and len(word) >= SECRET_LENGTH:
            return separator.join(masked(part) for part in parts)
    is_secret = len(word) >= SECRET_LENGTH and word.isalnum()
    return f"sha256:{digest(word)[:16]}" if is_secret else word


def _append(name: str, entry: dict[str, Any]) -> None:
    # An ordinary user of the host may not write the lab's log: its command still runs.
    with suppress(OSError), open(f"{paths.LOG}/{name}", "a", encoding="utf-8") as file:
        file.write(json.dumps(entry) + "\n")
