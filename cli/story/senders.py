"""Requests to hooks, signed as a ticket system and a chat sign theirs."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx

from cli.story.outcome import NotAsTold

SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Hook:
    """Where a sender posts to, and the secret that it signs with."""

    url: str
    secret: str

    def _signed(self, content: bytes) -> str:
        return hmac.digest(self.secret.encode(), content, hashlib.sha256).hex()

    def post_of_jira(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Send an event as webhooks of Jira do, and return what is answered."""
        body = json.dumps(document).encode()
        return self._post(
            body,
            {
                "Content-Type": "application/json",
                "X-Atlassian-Webhook-Identifier": secrets.token_hex(16),
                "X-Hub-Signature": f"sha256={self._signed(body)}",
            },
        )

    def post_of_slack(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Send a command or the press of a button as Slack does, and return what is answered."""
        body, now = urlencode(fields).encode(), str(int(time.time()))
        signature = self._signed(f"v0:{now}:".encode() + body)
        return self._post(
            body,
            {
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Slack-Request-Timestamp": now,
                "X-Slack-Signature": f"v0={signature}",
            },
        )

    def _post(self, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
        answer = httpx.post(
            self.url, content=body, headers=dict(headers), timeout=SECONDS, trust_env=False
        )
        if not answer.is_success:
            raise NotAsTold(f"{self.url} answered {answer.status_code}: {answer.text[:500]}")
        found: dict[str, Any] = answer.json()
        return found
