"""The first API token: in a file for the local command line, valid again after Redis was emptied.

A token that was revoked never comes back: a file beside the token's own outlives Redis. Nor does
one that was deleted by hand, as a marker beside the tokens tells deleted from lost; if Redis is
emptied before anybody asked for such a token, the marker is lost too, and it is valid again.

``python -m api.local_token`` makes the first token where there is none; at a terminal it shows it.
``python -m api.local_token revoke ID`` revokes a token; it runs where the API does.
"""

import logging
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import redis
from redis.exceptions import RedisError

from api.access.revoked import REVOKED, RevokedFile
from api.access.token_store import TokenStore, take_away
from api.access.tokens import TOKENS, id_of, new_token, register
from workflows.process.redis_refusals import redis_refusal

if TYPE_CHECKING:
    from workflows.process.settings import Settings

FILE_NAME = "token"
STACK_SOCKET = "redis.sock"
"""Where the stack's own Redis listens, in the data directory."""
MARKER = "cw:tokens:local"
"""The id of the file's token, once it was valid; gone only when Redis was emptied."""
EMPTIED = "cw:emptied"
"""When the file's token was found lost, with all else that Redis held: Unix time."""
logger = logging.getLogger("api.local_token")  # this module runs as __main__ too


def first_token(client: redis.Redis, data_dir: Path) -> str | None:
    """Make the first token where none may administer, and write it for the local command line.

    Returns it to be shown once, or ``None`` when there is one already that can make others.
    """
    store = TokenStore(client, RevokedFile(data_dir))
    if any(record.administers(store.clock()) for record in store.all()):
        _remember(client, data_dir)
        return None
    if restore(client, data_dir):
        return None
    token = new_token()
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / FILE_NAME
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(token + "\n")
    part.replace(path)
    _make_valid(client, token)
    return token


def restore(client: redis.Redis, data_dir: Path) -> bool:
    """Make the file's token valid again, if Redis was emptied; return whether it did that."""
    if client.hlen(TOKENS):
        return False
    token = kept(data_dir)
    if token is None:
        return False
    token_id = str(id_of(token))
    revoked = RevokedFile(data_dir)
    if revoked.has(token_id):
        return False
    if client.get(MARKER) == token_id or client.sismember(REVOKED, token_id):
        revoked.note(token_id)  # deleted, not lost: also when Redis is emptied later
        return False
    _make_valid(client, token)
    client.set(EMPTIED, int(time.time()))
    logger.warning("Redis has lost the API tokens: the one in the token file is valid again")
    return True


def revoke(client: redis.Redis, data_dir: Path, token_id: str) -> bool:
    """Make a token invalid for good; return whether it was there. Noted first where it outlives.

    Nobody is asked whether it is the last that may administer: the next start makes a first one.
    """
    RevokedFile(data_dir).note(token_id)
    with client.pipeline(transaction=True) as pipe:
        take_away(pipe, token_id)
        _, deleted, _ = pipe.execute()
    return bool(deleted)


def _make_valid(client: redis.Redis, token: str) -> None:
    register(client, token, "local")
    client.set(MARKER, str(id_of(token)))


def _remember(client: redis.Redis, data_dir: Path) -> None:
    """Mark the file's token as valid once, where an older version made it so."""
    token = kept(data_dir)
    if token and client.hexists(TOKENS, str(id_of(token))):
        client.set(MARKER, str(id_of(token)))


def kept(data_dir: Path) -> str | None:
    """Return the token in the file of the data directory, if there is one."""
    try:
        token = (data_dir / FILE_NAME).read_text().strip()
    except OSError:
        return None
    return token if id_of(token) else None


def main(arguments: list[str]) -> int:
    """Make the first token, if there is none, or revoke one; never show one to a log."""
    from workflows.process import logs
    from workflows.process.connection import connect
    from workflows.process.settings import Settings

    logs.configure()
    settings = Settings.from_env()
    revokes = arguments[:1] == ["revoke"]
    if revokes and not os.environ.get("REDIS_URL"):
        settings = _of_the_stack(settings)
    client, folder = connect(settings), settings.data_dir
    try:
        if revokes:
            return _revoke_named(client, folder, arguments[1:])
        token = first_token(client, folder)
    except OSError as error:
        _fail(f"{error}; see that {folder} can be written")
        return 1
    except RedisError as error:
        refusal = redis_refusal(error)
        cause = f"Redis {refusal.says}. {refusal.advice}" if refusal else f"{error}; start Redis"
        _fail(f"{cause.rstrip('.')}; then run it again")
        return 1
    if token:
        logger.info("made the first API token: it is kept in %s", folder / FILE_NAME)
        if sys.stdout.isatty():
            sys.stdout.write(f"API token (shown once): {token}\n")
    return 0


def _of_the_stack(settings: "Settings") -> "Settings":
    """Mean the Redis that ``clusterwright up`` keeps in its data directory, if there is one.

    Another one would be told of a token that it never had, and the token would stay valid.
    """
    path = settings.data_dir / STACK_SOCKET
    return replace(settings, redis_url=f"unix://{path}?db=0") if path.is_socket() else settings


def _fail(why: str) -> None:
    logger.error("cannot change the API tokens: %s", why)


def _revoke_named(client: redis.Redis, folder: Path, names: list[str]) -> int:
    named = names[0] if len(names) == 1 else ""
    token_id = id_of(named) or named
    if len(token_id) != 12 or set(token_id) - set("0123456789abcdef"):
        logger.error(
            "cannot revoke a token without its id, 12 signs: python -m api.local_token revoke ID"
        )
        return 2
    known = revoke(client, folder, token_id)
    logger.info("%s: %s", token_id, "revoked" if known else "was not valid; it never will be")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
