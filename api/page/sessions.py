"""Sessions of signed-in browsers, kept in Redis; neither the id nor the API token is stored.

A session is known by the hash of its id, so that who reads Redis cannot take one over. It ends
when nobody has used it for hours, after a week, at sign-out, or when its API token is deleted; one
of somebody whom an issuer knows ends with the token that told of them.
"""

import hashlib
import json
import re
import secrets
import time
from dataclasses import asdict, dataclass
from math import inf
from typing import Any

import redis
from flask import Response, g, has_request_context, request

from api.oidc.person import Person

PREFIX = "cw:session:"
IDLE_SECONDS = 12 * 3600
LONGEST_SECONDS = 7 * 24 * 3600
ID = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
COOKIE, SECURE_COOKIE = "cw_session", "__Host-cw_session"


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that has signed in, with an API token or by an issuer of identities."""

    token_id: str
    csrf: str
    """What every form of this session carries."""
    created: float
    person: Person | None = None
    """Whom the issuer has told of; ``None`` where it was opened with an API token."""
    issuer: str = ""


class Sessions:
    """Opens, finds and closes sessions."""

    def __init__(self, client: redis.Redis) -> None:
        self.redis = client

    def open(self, token_id: str) -> tuple[str, Session]:
        """Return a fresh id, which is told to nobody but the browser, and its session."""
        session_id = secrets.token_urlsafe(32)
        session = Session(token_id, secrets.token_urlsafe(32), time.time())
        row = {"token": session.token_id, "csrf": session.csrf, "created": session.created}
        self.redis.set(_key(session_id), json.dumps(row), ex=IDLE_SECONDS)
        return session_id, session

    def open_for(self, person: Person, issuer: str) -> str:
        """Return the fresh id of a session of somebody whom ``issuer`` knows."""
        session_id = secrets.token_urlsafe(32)
        row = {
            "token": person.id,
            "csrf": secrets.token_urlsafe(32),
            "created": time.time(),
            "person": asdict(person),
            "issuer": issuer,
        }
        self.redis.set(_key(session_id), json.dumps(row), ex=IDLE_SECONDS)
        return session_id

    def find(self, session_id: str) -> Session | None:
        """Return a session that is not over, and put off its end."""
        if not ID.fullmatch(session_id):
            return None
        text: Any = self.redis.getex(_key(session_id), ex=IDLE_SECONDS)
        if not text:
            return None
        row = json.loads(text)
        person = Person(**row["person"]) if "person" in row else None
        ends = min(row["created"] + LONGEST_SECONDS, person.ends if person else inf)
        if time.time() > ends:
            self.close(session_id)
            return None
        return Session(row["token"], row["csrf"], row["created"], person, row.get("issuer", ""))

    def close(self, session_id: str) -> None:
        if ID.fullmatch(session_id):
            self.redis.delete(_key(session_id))


def _key(session_id: str) -> str:
    return PREFIX + hashlib.sha256(session_id.encode()).hexdigest()


def current_session() -> Session | None:
    """Return the session that this request was found to belong to."""
    found: Session | None = g.get("session") if has_request_context() else None
    return found


def cookie_name() -> str:
    """Over HTTPS the browser itself guards the cookie against other hosts and plain HTTP."""
    return SECURE_COOKIE if request.is_secure else COOKIE


def session_cookie() -> str:
    """Return the session id that the browser sent, or an empty text."""
    return request.cookies.get(cookie_name(), "")


def give_cookie(response: Response, session_id: str) -> None:
    """Have the browser keep the id until it is closed, out of any script's reach."""
    response.set_cookie(
        cookie_name(), session_id, path="/", httponly=True, secure=request.is_secure, samesite="Lax"
    )


def take_cookie(response: Response) -> None:
    """Have the browser forget the id."""
    response.delete_cookie(
        cookie_name(), path="/", httponly=True, secure=request.is_secure, samesite="Lax"
    )
