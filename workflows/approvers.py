"""Who may approve: holders of tokens, people of chats, and members of an issuer's groups."""

import json
import time
from collections.abc import Iterable
from itertools import chain
from typing import Any

import redis

from cluster.spec import Environment
from workflows.access import EVERYTHING, Grant, Permission, Principal, allowed

TOKENS = "cw:tokens"
"""What is stored of each token, by its id."""
KNOWN = "cw:approvers"
"""Who is known by other means than a token, as JSON by what knows them."""
CHATS, ISSUER = "chats", "issuer"


def rows_of(people: Iterable[Principal]) -> str:
    """Return as JSON those of somebody's people who may approve anything."""
    rows = []
    for each in people:
        grants = [one.as_dict() for one in each.grants if one.permission is Permission.APPROVE]
        if grants:
            rows.append({"id": each.id, "name": each.name, "grants": grants})
    return json.dumps(rows)


def make_known(client: redis.Redis, origin: str, people: Iterable[Principal]) -> None:
    """Say who may approve that something else than a token makes known: ``CHATS``, ``ISSUER``."""
    client.hset(KNOWN, origin, rows_of(people))


def other_approvers(
    client: redis.Redis, by: Principal, cluster: str | None, environment: Environment | None
) -> list[Principal]:
    """Return those who may approve a change of a cluster and are somebody else than ``by``.

    A group of an issuer stands for somebody else: who is in it, the issuer alone knows.
    ``cluster`` is ``None`` for all of them. Without an ``environment`` it is not there yet.
    """
    return [
        each
        for each in _holders(client, time.time())
        if by.person not in each.people
        and allowed(each, Permission.APPROVE, cluster=cluster, environment=environment)
    ]


def _holders(client: redis.Redis, now: float) -> list[Principal]:
    """Return the holders of all tokens that have not ended, and who is known without one."""
    with client.pipeline(transaction=False) as pipe:
        pipe.hgetall(TOKENS)
        pipe.hvals(KNOWN)
        tokens, known = pipe.execute()
    rows = [{"id": token_id} | json.loads(text) for token_id, text in tokens.items()]
    rows = [row for row in rows if row.get("expires") is None or row["expires"] > now]
    return [_principal(row) for row in chain(rows, *map(json.loads, known))]


def _principal(row: dict[str, Any]) -> Principal:
    granted = row.get("grants")
    grants = EVERYTHING if granted is None else tuple(map(Grant.from_dict, granted))
    name, owner, maker = (str(row.get(key, "")) for key in ("name", "owner", "maker"))
    return Principal(row["id"], name, grants=grants, owner=owner, maker=maker)
