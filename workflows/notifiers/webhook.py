"""Webhooks: an event as CloudEvents or in the plain form of Standard Webhooks, signed."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from workflows.hooks.signing.standard_signature import ID, SIGNATURE, TIMESTAMP, standard_key
from workflows.moments import rfc3339
from workflows.notifiers.notifier import Answer, News, Notifier, Post, Target, Told
from workflows.process.tracing import NOT_SAMPLED

PREFIX = "io.clusterwright."
"""What the names of our events begin with in CloudEvents."""
BODY = "body"
"""The setting that says in which form events are told."""
FORMS = ("cloudevents", "standard")
TYPES = {"cloudevents": "application/cloudevents+json", "standard": "application/json"}
TOLD = (
    *("id", "cluster", "kind", "status", "finished_for_now", "reason", "requested_by", "via"),
    *("created_time", "started_time", "finished_time", "next_action"),
)
"""What a webhook tells of a job: little, since whoever wants more can ask the API."""
LONGEST_TEXT = 2000
GONE = 410
SHORTEST_KEY, LONGEST_KEY = 24, 64
"""Bytes of a secret, as Standard Webhooks has it."""
UNSIGNED = "cannot sign: the receiver has no secret; clusterwright subscriptions rotate NAME"
AGENT = "clusterwright-webhook/1"


def tell(target: Target, news: News, kept: Mapping[str, str], post: Post) -> Told:
    """Post an event; ``kept`` is not needed."""
    if not target.secrets:
        return Told(is_done=False, because=UNSIGNED, is_final=True)
    form = target.settings.get(BODY, FORMS[0])
    body = body_of(news, form)
    headers = signed(target.secrets, news.id, int(time.time()), body)
    headers |= {"Content-Type": TYPES[form], "User-Agent": AGENT}
    if trace := trace_of(news):
        headers["traceparent"] = trace
    try:
        answer = post("POST", target.url, headers=headers, body=body)
    except OSError as error:
        return Told(is_done=False, because=str(error))
    return told_by(answer)


def is_key(secret: str) -> bool:
    """Say whether a text is a secret that deliveries can be signed with."""
    return SHORTEST_KEY <= len(standard_key(secret.encode())) <= LONGEST_KEY


def told_by(answer: Answer) -> Told:
    """Return what an answer means: 2xx is done, all else is not, and nothing is followed."""
    if 200 <= answer.status < 300:
        return Told(is_done=True)
    if answer.status == GONE:
        return Told(is_done=False, because="the receiver answered 410: it is gone", is_gone=True)
    what = "a redirect, which is not followed" if 300 <= answer.status < 400 else "no success"
    because = f"the receiver answered {answer.status}: {what}"
    return Told(
        is_done=False,
        because=because,
        retry_after=seconds_asked(answer.headers.get("retry-after", ""), time.time()),
    )


def seconds_asked(header: str, now: float) -> float | None:
    """Return the seconds that a ``Retry-After`` asks for: a number or a date; or ``None``."""
    text = header.strip()
    if text.isascii() and text.isdecimal():
        return float(text[:9])
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError):
        return None


def signed(secrets: Sequence[bytes], name: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of Standard Webhooks, with a signature by each secret."""
    content = f"{name}.{timestamp}.".encode() + body
    signatures = [
        base64.b64encode(hmac.digest(standard_key(secret), content, hashlib.sha256)).decode()
        for secret in secrets
    ]
    return {
        ID: name,
        TIMESTAMP: str(timestamp),
        SIGNATURE: " ".join(f"v1,{each}" for each in signatures),
    }


def body_of(news: News, form: str) -> bytes:
    """Return an event in one of the forms; below 20 kB, whatever the job is."""
    return json.dumps(cloud_event(news) if form == "cloudevents" else plain(news)).encode()


def cloud_event(news: News) -> dict[str, Any]:
    """Return an event as CloudEvents 1.0 has it, structured."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": news.id,
        "type": PREFIX + news.type.replace("-", "."),
        "source": f"/clusters/{news.job.get('cluster', '')}",
        "subject": f"jobs/{news.job.get('id', '')}",
        "time": rfc3339(news.at),
        "sequence": str(news.sequence),
        "datacontenttype": "application/json",
        "data": data_of(news),
    }
    if trace := trace_of(news):
        event["traceparent"] = trace
    return event


def plain(news: News) -> dict[str, Any]:
    """Return an event as Standard Webhooks recommends it."""
    return {"type": news.type, "timestamp": rfc3339(news.at), "data": data_of(news)}


def data_of(news: News) -> dict[str, Any]:
    """Return what is told of the job: as it stands now, which may be after the event."""
    job = {key: _short(news.job[key]) for key in TOLD if key in news.job}
    error = news.job.get("error") or {}
    job["error"] = _short(error.get("message")) if error else None
    return {"sequence": news.sequence, "job": job, "page": news.page or None}


def trace_of(news: News) -> str:
    """Return the header that names the trace that the job belongs to, if one is known."""
    trace_id = str(news.job.get("trace_id") or "")
    own = hashlib.sha256(news.id.encode()).hexdigest()[:16]  # the same over all attempts
    return f"00-{trace_id}-{own}-{NOT_SAMPLED}" if trace_id else ""


def _short(value: Any) -> Any:
    return value[:LONGEST_TEXT] if isinstance(value, str) else value


NOTIFIER = Notifier(name="webhook", title="a webhook", tell=tell)
