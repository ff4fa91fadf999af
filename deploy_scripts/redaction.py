"""Hides secrets in text that is going to be stored, logged or shown."""

import logging
import re
from collections.abc import Collection, Iterable

MASK = "*MASKED*"
SHORTEST_SECRET = 16
"""Shorter lines of a secret text are no secrets by themselves: an address, a number."""
JOIN_TOKEN = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{32}(?:/[0-9a-f]{12,64})?(?![0-9A-Za-z])")
PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
JOIN_URL = re.compile(r"(:25000/)[^\s/'\"]+(?:/[0-9a-f]+)?")
API_TOKEN = re.compile(r"(?<![0-9A-Za-z])(cw_[0-9a-f]{12}_)[A-Za-z0-9_-]{16,}")
URL_PASSWORD = re.compile(r"(://[^\s:/@]*:)[^\s/@]+(?=@)")


def redact(text: str, secrets: Iterable[str] = (), *, keep: Collection[str] = ()) -> str:
    """Return ``text`` with tokens, passwords, private keys and the given secrets masked.

    An id looks like a join token; those in ``keep`` are known to be ids.
    """
    text = PRIVATE_KEY.sub(MASK, mask(text, secrets))
    text = JOIN_URL.sub(rf"\g<1>{MASK}", text)
    text = URL_PASSWORD.sub(rf"\g<1>{MASK}", API_TOKEN.sub(rf"\g<1>{MASK}", text))
    return JOIN_TOKEN.sub(lambda found: found[0] if found[0] in keep else MASK, text)


def mask(text: str, secrets: Iterable[str]) -> str:
    """Return ``text`` with these secrets, and nothing else, masked."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def secrets_in(text: str) -> tuple[str, ...]:
    """Return the lines of a secret text that may be shown nowhere."""
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if len(line) >= SHORTEST_SECRET)


class RedactingFilter(logging.Filter):
    """Masks secrets in log records: pyinfra logs what a failed command printed."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        return True
