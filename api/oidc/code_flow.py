"""One sign-in by authorization code with PKCE (RFC 7636).

The browser keeps one secret in a cookie; state, nonce and verifier are made of it, each by another
word, so that none tells another, and Redis keeps none of them: only, under a hash, where the
sign-in leads, until it is used once or ten minutes have passed.
"""

import hashlib
import hmac
import json
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import redis

from api.oidc.people import People
from api.oidc.person import Person
from api.oidc.refusals import IssuerRefuses, NotBelieved, SignInRefused
from api.oidc.verifying import verified

PENDING = "cw:oidc:pending:"
PENDING_SECONDS = 600
SECRET = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
LONGEST_CODE = 2048
SCOPE = "openid profile email"


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in that has begun: what the browser keeps, and where it is sent."""

    secret: str
    address: str
    seconds: int = PENDING_SECONDS
    """For how long it may be ended."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A sign-in that has succeeded: who it is, and which page was asked for."""

    person: Person
    next: str


class CodeFlow:
    """Begins and ends sign-ins with one issuer."""

    def __init__(self, people: People, client: redis.Redis) -> None:
        self.people, self.redis = people, client

    def begin(self, redirect_uri: str, place: str) -> Begun:
        """Begin a sign-in that leads to ``place``. Raises ``IssuerSilent``."""
        published = self.people.issuer.published()
        endpoint = published.authorization_endpoint
        secret = secrets.token_urlsafe(32)
        row = json.dumps({"next": place, "redirect_uri": redirect_uri})
        self.redis.set(_place(secret), row, ex=PENDING_SECONDS)
        challenge = hashlib.sha256(_made(secret, "verifier").encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.people.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": f"{SCOPE} groups" if published.knows_groups else SCOPE,
            "state": _made(secret, "state"),
            "nonce": _made(secret, "nonce"),
            "code_challenge": urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return Begun(secret, endpoint + ("&" if "?" in endpoint else "?") + urlencode(query))

    def finish(self, secret: str, answer: dict[str, str], redirect_uri: str) -> Arrived:
        """Return who has signed in, by what the issuer has sent the browser back with.

        Raises ``SignInRefused``, and ``IssuerSilent``. Whatever happens, it is used up.
        """
        place = self._taken(secret, answer, redirect_uri)
        if "error" in answer:
            raise SignInRefused(
                "the issuer has not signed you in; ask whoever runs it, or sign in again"
            )
        code = answer.get("code", "")
        if not code or len(code) > LONGEST_CODE:
            raise SignInRefused("the issuer has sent no code; sign in again")
        token = self._token(code, secret, redirect_uri)
        return Arrived(self._person(token, _made(secret, "nonce")), place)

    def _taken(self, secret: str, answer: dict[str, str], redirect_uri: str) -> str:
        """Use up the sign-in that the browser has begun, and return where it leads."""
        sent = answer.get("state", "")
        ours = _made(secret, "state") if SECRET.fullmatch(secret) else ""
        if not ours or not hmac.compare_digest(sent.encode(), ours.encode()):
            raise SignInRefused("this browser has not begun it, or has begun another since")
        text: Any = self.redis.getdel(_place(secret))
        if not text:
            raise SignInRefused("it has been used, or was begun more than 10 minutes ago")
        row = json.loads(text)
        if row["redirect_uri"] != redirect_uri:
            raise SignInRefused("it has come back to another address than the one it began at")
        if answer.get("iss", self.people.issuer.url) != self.people.issuer.url:
            raise SignInRefused("another issuer has sent the answer")
        return str(row["next"])

    def _token(self, code: str, secret: str, redirect_uri: str) -> str:
        """Return the ID token that the issuer gives for a code."""
        settings, issuer = self.people.settings, self.people.issuer
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": settings.client_id,
            "code_verifier": _made(secret, "verifier"),
        }
        client_secret = settings.client_secret()
        auth = None
        if client_secret and issuer.published().takes_basic:
            auth = (settings.client_id, client_secret)
        elif client_secret:
            form["client_secret"] = client_secret
        try:
            token = issuer.exchange(form, auth).get("id_token")
        except IssuerRefuses as error:
            raise SignInRefused(f"{error}; sign in again") from None
        if not isinstance(token, str):
            raise SignInRefused("the issuer has sent no ID token; its client needs scope openid")
        return token

    def _person(self, token: str, nonce: str) -> Person:
        """Return whom an ID token is about; it has to be the one of this very sign-in."""
        people = self.people
        client_id = people.settings.client_id
        try:
            claims = verified(token, people.issuer, client_id, people.clock)
            _of_this_sign_in(claims, nonce, client_id)
            return people.person(claims)
        except NotBelieved as error:
            raise SignInRefused(f"the issuer's ID token is not believed: {error}") from None


def _of_this_sign_in(claims: Mapping[str, Any], nonce: str, client_id: str) -> None:
    """Raise ``NotBelieved`` for what the issuer has signed for another sign-in, or client."""
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise NotBelieved("its nonce is that of another sign-in")
    if claims.get("azp", client_id) != client_id:
        raise NotBelieved("it is for another client (azp)")


def _made(secret: str, word: str) -> str:
    """Return what a secret gives for a word; it tells neither the secret nor another one."""
    made = hmac.digest(secret.encode(), word.encode(), "sha256")
    return urlsafe_b64encode(made).rstrip(b"=").decode()


def _place(secret: str) -> str:
    return PENDING + _made(secret, "place")
