"""What an issuer of identities publishes: its addresses and its keys.

It is asked when something is missing or old, by one request at a time, and never for each request
that is answered. Keys that are known stay good for a day while the issuer does not answer.
"""

import json
import logging
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gevent
import httpx
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from api.oidc.refusals import IssuerRefuses, IssuerSilent
from cluster.printable import short
from workflows.process.oidc_settings import is_safe_address

WELL_KNOWN = "/.well-known/openid-configuration"
BASIC = "client_secret_basic"
ANSWER_SECONDS = 5.0
"""What one question to the issuer may take, however slowly it answers."""
LARGEST_ANSWER = 512 * 1024
FRESH_SECONDS = 3600.0
"""How long keys are used without asking again: a key that is withdrawn is good for so long."""
GOOD_SECONDS = 24 * 3600.0
"""How long keys are used while the issuer does not answer."""
AGAIN_SECONDS = 30.0
"""How long the issuer is left alone before it is asked for a key that nobody knows."""
RECOVERY_SECONDS = 5.0
"""How long it is left alone while no key is known at all."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Published:
    """What the issuer said of itself."""

    authorization_endpoint: str
    token_endpoint: str
    keys: tuple[Key, ...]
    knows_groups: bool
    """Whether ``groups`` is a scope of its own there, without which nothing is told of them."""
    takes_basic: bool
    """Whether a client may show its secret by HTTP's own means; else it stands in the form."""


class Issuer:
    """One issuer as this process knows it; safe for many requests at once."""

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.url, self._clock = url, clock
        self._lock = threading.Lock()
        self._published: Published | None = None
        self._read = self._tried = -math.inf

    def published(self) -> Published:
        """Return what the issuer publishes. Raises ``IssuerSilent`` where nothing good is known."""
        if self._clock() - self._read > FRESH_SECONDS:
            self._refresh()
        known = self._published
        if known is None or self._clock() - self._read > GOOD_SECONDS:
            raise IssuerSilent(f"cannot ask {self.url} for its keys; the log has the cause")
        return known

    def keys(self, fits: Callable[[Key], bool]) -> tuple[Key, ...]:
        """Return the keys that fit, after asking once more where none does.

        Raises ``IssuerSilent``.
        """
        found = tuple(filter(fits, self.published().keys))
        if not found:
            self._refresh()
            found = tuple(filter(fits, self.published().keys))
        return found

    def exchange(self, form: Mapping[str, str], auth: tuple[str, str] | None) -> dict[str, Any]:
        """Return what the issuer gives for a code.

        Raises ``IssuerRefuses`` where it does not take that, and ``IssuerSilent``.
        """
        return _ask("POST", self.published().token_endpoint, form=form, auth=auth)

    def _refresh(self) -> None:
        """Ask the issuer, unless that was done a moment ago; what is known stays if it fails."""
        with self._lock:
            wait = AGAIN_SECONDS if self._published else RECOVERY_SECONDS
            if self._clock() - self._tried < wait:
                return
            try:
                self._published = self._fetch()
                self._read = self._clock()
            except IssuerSilent as error:
                logger.warning("%s", error)
            finally:
                self._tried = self._clock()  # at the end: who has waited meanwhile asks no more

    def _fetch(self) -> Published:
        document = _ask("GET", self.url.rstrip("/") + WELL_KNOWN)
        if document.get("issuer") != self.url:
            raise IssuerSilent(
                f"cannot believe {self.url}: it calls itself "
                f"{short(str(document.get('issuer')), 200)!r}; set CLUSTERWRIGHT_OIDC_ISSUER to "
                "that, sign by sign, if it is the one that is meant"
            )
        addresses = {
            name: _address(document, name)
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        }
        methods = document.get("token_endpoint_auth_methods_supported", [BASIC])
        return Published(
            addresses["authorization_endpoint"],
            addresses["token_endpoint"],
            _keys(_ask("GET", addresses["jwks_uri"])),
            "groups" in _list(document.get("scopes_supported")),
            BASIC in _list(methods),
        )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _address(document: Mapping[str, Any], name: str) -> str:
    found = document.get(name)
    if not isinstance(found, str) or not is_safe_address(found):
        raise IssuerSilent(
            f"cannot believe the issuer: {name} is {short(str(found), 200)!r}, which is no address "
            "that begins with https://"
        )
    return found


def _keys(document: Mapping[str, Any]) -> tuple[Key, ...]:
    """Return the keys that can be used; one of a kind that is not known spoils no other."""
    found: list[Key] = []
    for row in _list(document.get("keys")):
        # A shared secret has no place among public keys.
        if not isinstance(row, dict) or row.get("kty") not in {"RSA", "EC", "OKP"}:
            continue
        try:
            found.append(JWKRegistry.import_key(row))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            logger.info("cannot use a key of the issuer: %s", short(str(error)))
    if not found:
        raise IssuerSilent("cannot use the issuer's keys: there is none of RSA, EC or OKP")
    return tuple(found)


def _ask(
    method: str,
    url: str,
    *,
    form: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """Return the JSON object that an address answers, within the time and size that are allowed.

    Errors tell the address and the status, and nothing of what was sent.
    """
    # Time limits of httpx are for one read each: whoever answers by drops would hold us for ever.
    late = gevent.Timeout(ANSWER_SECONDS)
    try:
        with (
            late,
            httpx.Client(timeout=ANSWER_SECONDS, follow_redirects=False) as client,
            client.stream(method, url, data=form, auth=auth) as answer,
        ):
            body = _bounded(answer)
    except gevent.Timeout as error:
        if error is not late:
            raise
        raise IssuerSilent(f"cannot ask {url}: no answer within {ANSWER_SECONDS:.0f} s") from None
    except httpx.HTTPError as error:
        cause = short(str(error), 200) or type(error).__name__
        raise IssuerSilent(f"cannot ask {url}: {cause}") from None
    if form is not None and answer.status_code in (400, 401):
        raise IssuerRefuses("the issuer does not take the code, or does not know this client")
    if answer.status_code != 200:
        raise IssuerSilent(f"cannot ask {url}: it answered with status {answer.status_code}")
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise IssuerSilent(f"cannot ask {url}: its answer is no JSON object")
    return document


def _bounded(answer: httpx.Response) -> bytes:
    body = b""
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise IssuerSilent(f"cannot ask {answer.url}: its answer is larger than 512 KiB")
    return body
