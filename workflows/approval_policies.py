"""The approval policy in Redis: one document, its revision, and who wrote it when."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import redis

from workflows.approval_policy import BUILT_IN, ApprovalPolicy

KEY = "cw:approval-policy"


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """The policy that is in force; revision 0 stands for the built-in one."""

    policy: ApprovalPolicy = BUILT_IN
    revision: int = 0
    by: str = ""
    """The id of the token that it was written with."""
    at: float | None = None
    """When, in seconds since 1970."""


class PolicyMoved(Exception):
    """Somebody has written the policy in between; nothing is stored."""

    def __init__(self, stored: StoredPolicy) -> None:
        super().__init__(
            f"cannot replace the approval policy: it is at revision {stored.revision} by now, and "
            "not as it was when it was read; look at it with clusterwright approvals policy, then "
            "change that"
        )


def load_policy(client: redis.Redis) -> StoredPolicy:
    """Return the policy that is in force."""
    row: Any = client.hgetall(KEY)
    return policy_of(row)


def replace_policy(
    client: redis.Redis, policy: ApprovalPolicy, expected_revision: int | None, by: str
) -> StoredPolicy:
    """Store a policy in place of the one of a revision, or of any where it is ``None``.

    Raises ``PolicyMoved``; then the former one stays.
    """

    def store(pipe: Any) -> StoredPolicy:
        before = policy_of(pipe.hgetall(KEY))
        if expected_revision not in (None, before.revision):
            raise PolicyMoved(before)
        after = StoredPolicy(policy, before.revision + 1, by, time.time())
        pipe.multi()
        row = {"revision": after.revision, "by": by, "at": repr(after.at)}
        pipe.hset(KEY, mapping=row | {"policy": json.dumps(policy.as_dict())})
        return after

    transaction: Any = client.transaction  # its types know of no answer
    stored: StoredPolicy = transaction(store, KEY, value_from_callable=True)
    return stored


def policy_of(row: Mapping[str, str]) -> StoredPolicy:
    """Return the policy that stands in the hash."""
    if not row:
        return StoredPolicy()
    policy = ApprovalPolicy.from_dict(json.loads(row["policy"]))
    return StoredPolicy(policy, int(row["revision"]), row["by"], float(row["at"]))
