"""The certificates of control plane nodes: which there are, when they end, which end soon. Pure.

``server.crt`` and ``front-proxy-client.crt`` live 365 days, and MicroK8s does not renew them by
itself once a node is clustered. The authority that signs them, ``ca.crt``, lives ten years.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from math import floor
from typing import Any

from cluster.findings import Finding, Severity

AUTHORITY = "ca.crt"
"""To renew it is to form the cluster anew: every other node leaves and joins again."""
RENEWABLE = ("server.crt", "front-proxy-client.crt")
NAMES = (AUTHORITY, *RENEWABLE)
NEW_DAYS = 365
"""How long a certificate lives that is made now."""
DAY_SECONDS = 86_400
SOON_DAYS = 30
"""How many days ahead an end is warned."""


@dataclass(frozen=True, slots=True)
class SeenCertificate:
    """One certificate of a control plane node, as it was seen."""

    host: str
    name: str
    """Of its file, one of ``NAMES``."""
    ends: int
    """When, as Unix time; 0 where its file is missing or holds no certificate."""

    def days_left(self, now: float) -> int:
        """Return the whole days until it ends; negative once it has ended."""
        return floor((self.ends - now) / DAY_SECONDS)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "SeenCertificate":
        return cls(str(row["host"]), str(row["name"]), int(row["ends"]))


def ending(
    certificates: Iterable[SeenCertificate], now: float, days: int
) -> tuple[SeenCertificate, ...]:
    """Return the certificates that end within so many days, the first to end first."""
    soon = (each for each in certificates if each.days_left(now) < days)
    return tuple(sorted(soon, key=lambda each: (each.ends, each.host, each.name)))


def ends_in_words(certificate: SeenCertificate, now: float) -> str:
    """Return when it ends as the rest of a sentence, for example ``ends in 12 days``."""
    days = certificate.days_left(now)
    if not certificate.ends:
        return "is missing, or is no certificate"
    if days < 0:
        return f"ended {_days(-days)} ago" if days < -1 else "ended within the last day"
    return f"ends in {_days(days)}" if days else "ends within a day"


def ending_soon(certificates: Iterable[SeenCertificate], now: float) -> Iterator[Finding]:
    """Yield a warning for each node of which a certificate ends soon, and one for the authority."""
    soon = ending(certificates, now, SOON_DAYS)
    authority = [each for each in soon if each.name == AUTHORITY]
    if authority:
        first = authority[0]
        yield _warning(
            f"the certificate of the cluster's authority ({AUTHORITY}) "
            f"{ends_in_words(first, now)}, and with it every certificate that it signed",
            "plan a new cluster: to renew the authority, every other node leaves and joins again",
            first,
            now,
        )
    warned: set[str] = set()
    for first in (each for each in soon if each.name != AUTHORITY):
        if first.host not in warned:
            warned.add(first.host)
            yield _warning(
                f"{first.name} of {first.host} {ends_in_words(first, now)}, and MicroK8s does not "
                "renew it by itself",
                "have a change refresh-certs carried out: it renews one node after the other",
                first,
                now,
            )


def _warning(message: str, advice: str, first: SeenCertificate, now: float) -> Finding:
    return Finding(
        "certificate-ends-soon",
        Severity.WARN,
        message,
        advice,
        host=first.host,
        measured=first.days_left(now) if first.ends else None,
        needed=SOON_DAYS,
    )


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"
