"""A test event, sent at once to one receiver, and what it answered."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workflows.deliveries.receiver_files import Receiver
from workflows.deliveries.subscription import Subscription
from workflows.notifiers.known import NOTIFIERS
from workflows.notifiers.notifier import Answer, News, Target
from workflows.notifiers.safe_post import SafePost

TYPE = "subscription.test"
JOB: Mapping[str, Any] = {
    "id": "test",
    "cluster": "test",
    "kind": "verify",
    "status": "succeeded",
    "finished_for_now": True,
    "seq": 1,
    "reason": "a test of this subscription",
    "requested_by": None,
    "via": None,
    "next_action": "nothing to do: this is a test, and no job",
    "params": {},
    "steps": [],
    "findings": [],
    "actions": [],
    "error": None,
    "trace_id": "",
}
"""What stands in the place of a job."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a test event."""

    is_done: bool
    status: int | None
    """The receiver's, where the kind of receiver tells one."""
    because: str
    seconds: float


class ListeningPost(SafePost):
    """Remembers the last answer."""

    last: Answer | None = None

    def __call__(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes) -> Answer:
        self.last = super().__call__(method, url, headers=headers, body=body)
        return self.last


def try_out(subscription: Subscription, receiver: Receiver, post: ListeningPost) -> Trial:
    """Send a test event now; nothing of it is kept."""
    began, now = time.monotonic(), time.time()
    news = News(f"msg_test_{secrets.token_hex(8)}", TYPE, now, 1, JOB)
    target = Target(subscription.name, receiver.url, receiver.good(now), subscription.settings)
    try:
        told = NOTIFIERS[subscription.notifier].tell(target, news, {}, post)
        is_done, because = told.is_done, told.because
    except Exception as error:  # a notifier's own mistake, whose text may hold the address
        is_done = False
        because = f"cannot tell by {subscription.notifier}: {type(error).__name__}"
    status = post.last.status if post.last else None
    return Trial(is_done, status, because, round(time.monotonic() - began, 3))
