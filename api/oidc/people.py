"""Who somebody is whom the issuer knows, and what their groups may do."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from api.oidc.issuer import Issuer
from api.oidc.person import Person
from api.oidc.refusals import NotBelieved
from api.oidc.verifying import verified
from cluster.printable import short
from workflows.access import Principal, Via
from workflows.process.oidc_settings import OidcSettings

PREFIX = "oidc:"
LONGEST_SUB = 255
"""As OpenID Connect has it, in ASCII."""
LONGEST_NAME = 80
LATEST = 253_402_300_799
"""The last second of the year 9999: what lies beyond cannot be written as a date."""
MOST_GROUPS = 2000
NAMES = ("preferred_username", "email", "name")


class People:
    """The people of one issuer; verifies what they bring."""

    def __init__(
        self,
        settings: OidcSettings,
        *,
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings, self.clock = settings, clock
        self.issuer = Issuer(settings.issuer, clock=ticks)

    def bearer(self, token: str) -> Person:
        """Return who sends a bearer token.

        Raises ``NotBelieved``, and ``IssuerSilent`` where no key is known to verify it with.
        """
        return self.person(verified(token, self.issuer, self.settings.audience, self.clock))

    def person(self, claims: Mapping[str, Any]) -> Person:
        """Return whom verified claims are about. Raises ``NotBelieved`` for a name of no use."""
        sub = claims["sub"]
        if not sub or len(sub) > LONGEST_SUB or not sub.isascii() or not sub.isprintable():
            raise NotBelieved(f"its claim sub is no text of 1 to {LONGEST_SUB} printable signs")
        groups = self.settings.roles.known(_groups(claims, self.settings.groups_claim))
        moments = claims["iat"], claims["exp"]
        if not all(0 <= moment <= LATEST for moment in moments):
            raise NotBelieved("its moments (iat, exp) are no dates")
        return Person(PREFIX + sub, _name(claims), groups, *map(float, moments))

    def principal(self, person: Person, via: Via) -> Principal:
        """Return somebody with what their groups are granted by the file of today."""
        return Principal(person.id, person.name, via, self.settings.roles.grants(person.groups))


def _name(claims: Mapping[str, Any]) -> str:
    """Return what people call the person: short and printable, whatever the claim has."""
    told = (claims.get(name) for name in NAMES)
    texts = [text.strip() for text in told if isinstance(text, str) and text.strip()]
    return short(texts[0] if texts else str(claims["sub"]), LONGEST_NAME)


def _groups(claims: Mapping[str, Any], claim: str) -> Iterable[str]:
    """Return the groups that a claim names; one inside another is named with a dot."""
    found: Any = claims.get(claim)
    if found is None and "." in claim:
        found = claims
        for part in claim.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        found = [found]
    if not isinstance(found, list) or len(found) > MOST_GROUPS:
        return ()
    return (group for group in found if isinstance(group, str))
