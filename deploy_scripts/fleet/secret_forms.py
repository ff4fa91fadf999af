"""Every form in which a known secret may turn up in what a program prints. Pure."""

import base64
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote

SHORTEST_PART = 20
"""So many signs of a longer secret, from its beginning or its end, are masked alone."""
SHORTEST_ENCODED = 12
BETWEEN = r"(?:\s|\x1b\[[0-9;?]{0,16}[A-Za-z])*"
"""What may break a secret in two: blanks, new lines, and colours."""
MOST_KNOWN = 256


@lru_cache(MOST_KNOWN)
def pattern_of(secret: str) -> re.Pattern[str]:
    """Return what matches a secret in any of its forms, in upper and lower case.

    Kept for the last few hundred only: a token is of interest for one step.
    """
    return re.compile("|".join(_alternatives(secret)), re.IGNORECASE)


def _alternatives(secret: str) -> Iterator[str]:
    yield _broken(secret)
    yield from map(re.escape, sorted(_encoded(secret), key=len, reverse=True))
    if len(secret) > SHORTEST_PART:
        yield _broken(secret[:SHORTEST_PART])
        yield _broken(secret[-SHORTEST_PART:])


def _broken(text: str) -> str:
    """Match a text also where something stands between its signs."""
    return BETWEEN.join(re.escape(sign) for sign in text)


def _encoded(secret: str) -> set[str]:
    data = secret.encode()
    forms = {quote(secret, safe=""), data.hex(), *_in_base64(data)}
    return {form for form in forms if len(form) >= SHORTEST_ENCODED and form != secret}


def _in_base64(data: bytes) -> Iterator[str]:
    """Yield the part that does not depend on what stands around the secret, wherever it begins."""
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data).decode()
        first = -(-before * 4 // 3)
        last = (before + len(data)) // 3 * 4
        yield whole[first:last]
        yield whole[first:last].replace("+", "-").replace("/", "_")
