"""What the answer of a ticket system means: told, later, or never; pure."""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime

from cluster.printable import printable
from workflows.notifiers.notifier import Answer, Told

LATER = {408, 409, 425}
"""Beside 429 and what begins with 5."""
LONGEST_WAIT = 86_400.0
UNKNOWN_WAIT = 60.0
"""Where a limit is reached, and nobody says for how long."""
HELP = "clusterwright subscriptions --help tells how"
ADVICE = {
    401: f"its secret, or its user, is not good there; enter another, {HELP}",
    403: "its user may not do that there; give it the right to read and write this ticket",
    404: "the ticket is not there, its user may not see it, or the address is another; compare "
    f"the address with that of the ticket, and enter it anew, {HELP}",
    410: "the ticket is gone; nothing is to be done",
    413: "what was sent is too large for it; allow larger attachments there, or set attach=no",
}
OTHERWISE = f"compare the settings of this subscription with the manual of the kind, {HELP}"


class Untold(Exception):
    """The receiver has not taken it; ``told`` says what that means."""

    def __init__(self, told: Told) -> None:
        self.told = told
        super().__init__(told.because)


def is_fine(answer: Answer) -> bool:
    return 200 <= answer.status < 300


def refusal(what: str, answer: Answer, secrets: Sequence[bytes]) -> Told:
    """Return what an answer means that is not a good one; ``what`` it was that could not be done.

    It never quotes a secret, though a receiver may.
    """
    said = _said(answer, secrets)
    if is_limited(answer):
        wait = wait_of(answer)
        return Told(False, f"cannot {what}: the receiver wants to be left alone{said}", wait)
    if answer.status in LATER or answer.status >= 500:
        return Told(False, f"cannot {what}: it answers {answer.status}{said}; tried again later")
    if 300 <= answer.status < 400:
        leads = printable(answer.headers.get("location", "").encode())
        because = f"cannot {what}: it answers {answer.status} and leads to {leads or 'nowhere'}"
        return Told(False, f"{because}; enter the address that it has, {HELP}", is_final=True)
    advice = ADVICE.get(answer.status, OTHERWISE)
    because = f"cannot {what}: it answers {answer.status}{said}; {advice}"
    return Told(False, because, is_final=True)


def is_limited(answer: Answer) -> bool:
    """Say whether a limit is reached; GitHub answers so with 403 as well."""
    is_over = answer.headers.get("x-ratelimit-remaining") == "0" or "retry-after" in answer.headers
    return answer.status in {429, 503} or (answer.status == 403 and is_over)


def wait_of(answer: Answer) -> float | None:
    """Return for how many seconds a receiver wants to be left alone, if it says so."""
    told = (answer.headers.get("retry-after") or answer.headers.get("ratelimit-reset", "")).strip()
    if told.isascii() and told.isdigit():
        return min(float(told[:12]), LONGEST_WAIT)
    now = _date(answer.headers.get("date", ""))
    until = _date(told)
    if now and until:
        return min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT)
    reset = answer.headers.get("x-ratelimit-reset", "")
    if now and reset.isascii() and reset.isdigit():
        return min(max(float(reset[:12]) - now.timestamp(), 0.0), LONGEST_WAIT)
    return None if answer.status == 503 else UNKNOWN_WAIT


def _date(text: str) -> datetime | None:
    with contextlib.suppress(ValueError, TypeError, OverflowError):
        found = parsedate_to_datetime(text)
        return found if found.tzinfo else None
    return None


def _said(answer: Answer, secrets: Sequence[bytes]) -> str:
    body = answer.body
    for secret in filter(None, secrets):
        body = body.replace(secret, b"*MASKED*")
    said = printable(body)
    return f" and says {said}" if said else ""
