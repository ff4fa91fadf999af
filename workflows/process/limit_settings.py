"""How often somebody may ask: read from one setting, such as ``read=1200/minute,change=off``."""

import os
import re
from dataclasses import dataclass, fields, replace

LIMITS = "CLUSTERWRIGHT_LIMITS"
OFF = "off"
SECONDS = {"second": 1, "minute": 60, "hour": 3600}
ONE = re.compile(r"([a-z]+)=(?:(\d{1,9})/(second|minute|hour)|off)", re.ASCII)


class BadLimits(ValueError):
    """The setting says of limits what means nothing."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of requests within a window of time."""

    amount: int
    seconds: int

    @property
    def portion(self) -> int:
        """What a process takes at once, so that hardly any request asks Redis for one."""
        return max(self.amount // 100, 1)


@dataclass(frozen=True, slots=True)
class Limits:
    """All limits; ``None`` for none."""

    read: Limit | None = Limit(6000, 60)
    """Of GET and HEAD, for whoever is known; far beyond what polling needs."""
    change: Limit | None = Limit(600, 60)
    """Of all other methods, for whoever is known."""
    unknown: Limit | None = Limit(600, 60)
    """Of requests without a valid token or signature, for each address and API process."""
    hook: Limit | None = Limit(120_000, 60)
    """Of events that are believed, for each sender: twice as many as the worst storm known."""


USUAL_LIMITS = Limits()
NO_LIMITS = Limits(None, None, None, None)
NAMES = tuple(field.name for field in fields(Limits))


def limits_from_env() -> Limits:
    """Return the limits that are set, and the usual ones for others. Raises ``BadLimits``."""
    text = os.environ.get(LIMITS, "").strip()
    if text == OFF:
        return NO_LIMITS
    found = USUAL_LIMITS
    for part in filter(None, (part.strip() for part in text.split(","))):
        one = ONE.fullmatch(part)
        if not one or one[1] not in NAMES or (one[2] and not int(one[2])):
            raise BadLimits(
                f"cannot use {LIMITS}: {part[:80]!r} is no limit; give some such as "
                f"read=1200/minute, with commas between, of {', '.join(NAMES)}, or off"
            )
        limit = Limit(int(one[2]), SECONDS[one[3]]) if one[2] else None
        found = replace(found, **{one[1]: limit})
    return found
