"""Who may approve, by the tokens that are valid now."""

import json
import time
from typing import Any

import redis

from cluster.spec import Environment
from workflows.access import EVERYTHING, Grant, Permission, Principal, allowed

TOKENS = "cw:tokens"
"""What is stored of each token, by its id."""


def other_approvers(
    client: redis.Redis, by: Principal, cluster: str | None, environment: Environment | None
) -> list[Principal]:
    """Return those who may approve a change of a cluster and are somebody else than ``by``.

    ``cluster`` is ``None`` for all of them. Without an ``environment`` it is not there yet.
    """
    return [
        each
        for each in _holders(client, time.time())
        if each.person != by.person
        and allowed(each, Permission.APPROVE, cluster=cluster, environment=environment)
    ]


def _holders(client: redis.Redis, now: float) -> list[Principal]:
    """Return the holders of all tokens that have not ended."""
    rows: Any = client.hgetall(TOKENS)
    found = []
    for token_id, text in rows.items():
        row = json.loads(text)
        if row.get("expires") is None or row["expires"] > now:
            granted = row.get("grants")
            grants = EVERYTHING if granted is None else tuple(map(Grant.from_dict, granted))
            found.append(Principal(token_id, str(row.get("name", "")), grants=grants))
    return found
