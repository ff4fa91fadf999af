"""Hides secrets in text that is going to be stored, logged or shown."""

import logging
import re
from collections.abc import Collection, Iterable

from deploy_scripts.fleet.secret_forms import pattern_of

MASK = "*MASKED*"
SHORTEST_SECRET = 16
"""Shorter lines of a secret text are no secrets by themselves: an address, a number."""
PIECE = "@@piece "
"""Begins a line of a file that a host hands over as text: all of the line is a secret."""
PIECES = re.compile(rf"{PIECE}\S*")
JOIN_TOKEN = re.compile(
    r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{32}(?:/[0-9A-Fa-f]{12,64})?(?![0-9A-Fa-f])", re.ASCII
)
PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
JOIN_URL = re.compile(r"(:25000/)[^\s/'\"]+(?:/[0-9a-f]+)?")
API_TOKEN = re.compile(r"(?<![0-9A-Za-z])(cw_[0-9a-f]{12}_)[A-Za-z0-9_-]{16,}")
URL_PASSWORD = re.compile(r"(://[^\s:/@]{0,64}:)(?!\d{1,5}(?:[/?\s]|$))[^\s@]{1,200}(?=@)")
NAMED = re.compile(
    r"((?<![\w-])(?:[\w-]{0,40}[_-])?"
    r"(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|"
    r"client-key-data)[\"']?\s{0,4}[:=]\s{0,4}[\"']?)(?!\*MASKED\*)[^\s\"',;&]{6,}",
    re.IGNORECASE,
)
"""What stands behind a name that says it: ``password=...``, ``token: ...``, in kubeconfigs too."""
BEARER = re.compile(r"(\b(?:bearer|basic)\s{1,4})[A-Za-z0-9._~+/=-]{12,}", re.IGNORECASE)
SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?|"  # JSON Web Tokens
    r"(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])|"  # of AWS
    r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|"
    r"gl[a-z]{2,8}-[A-Za-z0-9_-]{20,}|"  # of GitLab
    r"xox[a-z]-[A-Za-z0-9-]{10,}|"  # of Slack
    r"AIza[A-Za-z0-9_-]{35}"  # of Google
    r")"
)


def redact(text: str, secrets: Iterable[str] = (), *, keep: Collection[str] = ()) -> str:
    """Return ``text`` with tokens, passwords, private keys and the given secrets masked.

    An id looks like a join token; those in ``keep`` are known to be ids.
    """
    text = PIECES.sub(PIECE + MASK, text)  # the first, since it is long
    text = PRIVATE_KEY.sub(MASK, mask(text, secrets))
    text = JOIN_URL.sub(rf"\g<1>{MASK}", text)
    text = URL_PASSWORD.sub(rf"\g<1>{MASK}", API_TOKEN.sub(rf"\g<1>{MASK}", text))
    text = JOIN_TOKEN.sub(lambda found: found[0] if found[0] in keep else MASK, text)
    text = BEARER.sub(rf"\g<1>{MASK}", SHAPES.sub(MASK, text))
    return NAMED.sub(lambda found: _named(found, keep), text)


def _named(found: re.Match[str], keep: Collection[str]) -> str:
    value = found[0][len(found[1]) :]
    return found[0] if value in keep else found[1] + MASK


def mask(text: str, secrets: Iterable[str]) -> str:
    """Return ``text`` with these secrets, and nothing else, masked in all their forms."""
    for secret in secrets:
        if len(secret) < SHORTEST_SECRET:
            text = text.replace(secret, MASK)
        else:
            text = pattern_of(secret).sub(MASK, text)
    return text


def secrets_in(text: str) -> tuple[str, ...]:
    """Return the lines of a secret text that may be shown nowhere, and their parts."""
    lines = [line.strip() for line in text.splitlines()]
    parts = [part for line in lines for part in re.split(r"[/\s]", line)]
    found = dict.fromkeys([*lines, *parts])
    return tuple(line for line in found if len(line) >= SHORTEST_SECRET)


class RedactingFilter(logging.Filter):
    """Masks secrets in log records: pyinfra logs what a failed command printed."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), None
        return True
