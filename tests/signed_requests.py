"""A signed request of each kind of sender, for tests without and with a server.

The signatures are made here with ``hmac`` alone, and not by what the product verifies them with.
Each function takes a secret, when it is sent, in seconds since 1970, and a body instead of its own.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import payloads
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from workflows.hooks.received import Received
from workflows.hooks.signing.button_contexts import signed_context

JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as a sender makes it."""

    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict)

    def received(self, at, **headers):
        """Return it as it arrives at a time, with other headers; ``None`` leaves one out."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        told = {name.lower(): value for name, value in self.headers.items()} | names
        kept = {name: value for name, value in told.items() if value is not None}
        return Received(kept, self.body, at, self.query)


def digest(secret, content, algorithm="sha256"):
    return hmac.new(secret, content, getattr(hashlib, algorithm)).digest()


def hexed(secret, content, algorithm="sha256"):
    return digest(secret, content, algorithm).hex()


def in_base64(content):
    return base64.b64encode(content).decode()


def slack(secret, now, body=None, kind=FORM):
    body = payloads.slack_command(now) if body is None else body
    stamp = str(int(now))
    headers = {
        "Content-Type": kind,
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={hexed(secret, f'v0:{stamp}:'.encode() + body)}",
    }
    return Request(headers, body)


def mattermost(secret, now, body=None):
    body = payloads.mattermost_command(now, secret.decode()) if body is None else body
    return Request({"Content-Type": FORM, "Authorization": f"Token {secret.decode()}"}, body)


def mattermost_press(secret, now, **fields):
    told = {"job": "job-1", "action": "approve", "digest": "d1"} | fields
    context = signed_context(told, secret, expires=int(now) + 3600, nonce=f"n{int(now)}")
    return Request({"Content-Type": JSON}, payloads.mattermost_press(context))


def teams(secret, now, body=None):
    body = payloads.teams_message(now) if body is None else body
    signature = in_base64(digest(base64.b64decode(secret), body))
    return Request({"Content-Type": JSON, "Authorization": f"HMAC {signature}"}, body)


DISCORD_KEYS = {
    key.public_key().public_bytes_raw().hex().encode(): key
    for key in (Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in (1, 2, 3))
}
"""Private keys by the secret that stands at the receiver's: the public key."""


def discord(secret, now, body=None):
    body = payloads.discord_command(now) if body is None else body
    stamp = str(int(now))
    signature = DISCORD_KEYS[secret].sign(stamp.encode() + body)
    headers = {
        "Content-Type": JSON,
        "X-Signature-Timestamp": stamp,
        "X-Signature-Ed25519": signature.hex(),
    }
    return Request(headers, body)


def github(secret, now, body=None, event="push"):
    body = payloads.github_push(now) if body is None else body
    headers = {
        "Content-Type": JSON,
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": f"72d3162e-cc78-11e3-81ab-{int(now):012d}",
        "X-GitHub-Hook-ID": "1",
        "X-Hub-Signature-256": f"sha256={hexed(secret, body)}",
    }
    return Request(headers, body)


def gitlab(secret, now, body=None):
    body = payloads.gitlab_push(now) if body is None else body
    headers = {
        "Content-Type": JSON,
        "X-Gitlab-Event": "Push Hook",
        "X-Gitlab-Event-UUID": f"13792a34-cac6-4fda-95a8-{int(now):012d}",
        "Idempotency-Key": f"f5e5f430-f57b-4e6e-9fac-{int(now):012d}",
        "X-Gitlab-Token": secret.decode(),
    }
    return Request(headers, body)


def gitlab_signed(secret, now, body=None):
    """Return what GitLab sends where it has a signing token, ``whsec_…``."""
    body = payloads.gitlab_push(now) if body is None else body
    headers = {"Content-Type": JSON, "X-Gitlab-Event": "Push Hook"}
    return Request(headers | standard_headers(secret, now, body), body)


def gitea(secret, now, body=None, maker="Gitea"):
    body = payloads.github_push(now) if body is None else body
    headers = {
        "Content-Type": JSON,
        f"X-{maker}-Event": "push",
        f"X-{maker}-Delivery": f"f6266f16-1bf3-46a5-9ea4-{int(now):012d}",
        f"X-{maker}-Signature": hexed(secret, body),
    }
    return Request(headers, body)


def jira(secret, now, body=None):
    body = payloads.jira_issue(now) if body is None else body
    headers = {
        "Content-Type": JSON,
        "X-Atlassian-Webhook-Identifier": f"jira-{int(now)}",
        "X-Atlassian-Webhook-Flow": "Primary",
        "X-Hub-Signature": f"sha256={hexed(secret, body)}",
    }
    return Request(headers, body)


def jira_automation(secret, now, body=None, header="X-Api-Key"):
    body = payloads.jira_automation(now) if body is None else body
    shown = f"Bearer {secret.decode()}" if header == "Authorization" else secret.decode()
    return Request({"Content-Type": JSON, header: shown, "Idempotency-Key": "OPS-43-1"}, body)


def servicenow(secret, now, body=None):
    body = payloads.servicenow_change(now) if body is None else body
    headers = {
        "Content-Type": JSON,
        "Authorization": f"Bearer {secret.decode()}",
        "Idempotency-Key": f"{int(now):032x}-scheduled",
    }
    return Request(headers, body)


def glpi(secret, now, body=None):
    body = payloads.glpi_ticket(now) if body is None else body
    stamp = str(int(now))
    headers = {
        "Content-Type": JSON,
        "X-GLPI-timestamp": stamp,
        "X-GLPI-signature": hexed(secret, body + stamp.encode()),
    }
    return Request(headers, body)


def zammad(secret, now, body=None):
    body = payloads.zammad_ticket(now) if body is None else body
    headers = {
        "Content-Type": JSON,
        "X-Zammad-Trigger": "cluster requests",
        "X-Zammad-Delivery": f"c8ba4d50-{int(now)}",
        "X-Hub-Signature": f"sha1={hexed(secret, body, 'sha1')}",
    }
    return Request(headers, body)


def zendesk(secret, now, body=None, stamp=None):
    body = payloads.zendesk_event(now) if body is None else body
    stamp = payloads.date(now) if stamp is None else stamp
    headers = {
        "Content-Type": JSON,
        "X-Zendesk-Webhook-Signature-Timestamp": stamp,
        "X-Zendesk-Webhook-Signature": in_base64(digest(secret, stamp.encode() + body)),
    }
    return Request(headers, body)


def pagerduty(secret, now, body=None):
    body = payloads.pagerduty_incident(now) if body is None else body
    headers = {
        "Content-Type": JSON,
        "X-Webhook-Id": "PHOOK01",
        "X-PagerDuty-Signature": f"v1={hexed(b'an older one', body)},v1={hexed(secret, body)}",
    }
    return Request(headers, body)


def alertmanager(secret, now, body=None):
    body = payloads.alerts(now) if body is None else body
    return Request({"Content-Type": JSON, "Authorization": f"Bearer {secret.decode()}"}, body)


def with_password(secret, now, body=None):
    """Return what Alertmanager or Grafana sends where it has a user and a password."""
    body = payloads.alerts(now) if body is None else body
    pair = in_base64(b"alerts:" + secret)
    return Request({"Content-Type": JSON, "Authorization": f"Basic {pair}"}, body)


def grafana(secret, now, body=None):
    body = payloads.alerts(now, version="1") if body is None else body
    stamp = str(int(now))
    headers = {
        "Content-Type": JSON,
        "X-Grafana-Alerting-Timestamp": stamp,
        "X-Grafana-Alerting-Signature": hexed(secret, f"{stamp}:".encode() + body),
    }
    return Request(headers, body)


def grafana_without_timestamp(secret, now, body=None):
    body = payloads.alerts(now, version="1") if body is None else body
    headers = {"Content-Type": JSON, "X-Grafana-Alerting-Signature": hexed(secret, body)}
    return Request(headers, body)


def standard_headers(secret, now, body, name=None):
    name, stamp = name or f"msg_{int(now)}", str(int(now))
    key = base64.b64decode(secret.removeprefix(b"whsec_"))
    return {
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{in_base64(digest(key, f'{name}.{stamp}.'.encode() + body))}",
    }


def standard_webhooks(secret, now, body=None, name=None):
    body = payloads.standard_event(now) if body is None else body
    return Request({"Content-Type": JSON, **standard_headers(secret, now, body, name)}, body)


def cloudevents(secret, now, body=None, kind="application/cloudevents+json; charset=utf-8"):
    """Return a structured event, or what else the body is, with a token."""
    body = payloads.written(payloads.cloud_event(now)) if body is None else body
    return Request({"Content-Type": kind, "Authorization": f"Bearer {secret.decode()}"}, body)


def cloudevents_batch(secret, now):
    events = [payloads.cloud_event(now), payloads.cloud_event(now, id=f"another-{int(now)}")]
    kind = "application/cloudevents-batch+json"
    return cloudevents(secret, now, payloads.written(events), kind)


def cloudevents_binary(secret, now):
    event = payloads.cloud_event(now)
    body = json.dumps(event.pop("data")).encode()
    headers = {f"ce-{name}": event[name] for name in event if name != "datacontenttype"}
    return Request(
        headers | {"Content-Type": JSON, "Authorization": f"Bearer {secret.decode()}"}, body
    )


def cloudevents_signed(secret, now):
    """Return a structured event with a signature of Standard Webhooks."""
    body = payloads.written(payloads.cloud_event(now))
    headers = {"Content-Type": "application/cloudevents+json"}
    return Request(headers | standard_headers(secret, now, body), body)


def generic(secret, now, body=None):
    body = payloads.generic_event(now) if body is None else body
    return Request({"Content-Type": JSON, "X-Signature": f"sha256={hexed(secret, body)}"}, body)


def generic_bearer(secret, now, body=None):
    body = payloads.generic_event(now) if body is None else body
    return Request({"Content-Type": JSON, "Authorization": f"Bearer {secret.decode()}"}, body)


SIGNED: dict[str, Callable[[bytes, float], Request]] = {
    "alertmanager": alertmanager,
    "cloudevents": cloudevents,
    "discord": discord,
    "generic": generic,
    "gitea": gitea,
    "github": github,
    "gitlab": gitlab,
    "glpi": glpi,
    "grafana": grafana,
    "jira": jira,
    "mattermost": mattermost,
    "pagerduty": pagerduty,
    "servicenow": servicenow,
    "slack": slack,
    "standard-webhooks": standard_webhooks,
    "teams": teams,
    "zammad": zammad,
    "zendesk": zendesk,
}
"""One request of each source, as it most often comes."""

ALSO_SIGNED: dict[str, list[Callable[[bytes, float], Request]]] = {
    "alertmanager": [with_password],
    "cloudevents": [cloudevents_batch, cloudevents_binary],
    "generic": [generic_bearer],
    "grafana": [grafana_without_timestamp, with_password, alertmanager],
    "jira": [jira_automation],
    "mattermost": [mattermost_press],
}
"""The other ways of those that have several and take the same secrets."""

_WHSEC = tuple(b"whsec_" + base64.b64encode(bytes([each]) * 24) for each in (1, 2, 3))

SECRETS: dict[str, tuple[bytes, bytes, bytes]] = dict.fromkeys(
    SIGNED, (b"first-secret_1", b"second+secret/2=", b"another-altogether")
) | {
    "discord": tuple(DISCORD_KEYS),
    "standard-webhooks": _WHSEC,
    "teams": tuple(base64.b64encode(bytes([each]) * 32) for each in (1, 2, 3)),
}
"""Two good secrets of each source, in the form that it has there, and one that is not known."""

SIGNING_TOKENS = _WHSEC
"""The same for what GitLab and CloudEvents sign as Standard Webhooks says."""
