"""Hides secrets in text that is going to be stored, logged or shown."""

import re

MASK = "*MASKED*"
JOIN_TOKEN = re.compile(r"\b[0-9a-f]{32}(?:/[0-9a-f]{12,64})?\b")
PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
JOIN_URL = re.compile(r"(:25000/)[^\s/'\"]+(?:/[0-9a-f]+)?")


def redact(text: str) -> str:
    """Return ``text`` with join tokens, join URLs' secrets and private keys masked."""
    text = PRIVATE_KEY.sub(MASK, text)
    text = JOIN_URL.sub(rf"\1{MASK}", text)
    return JOIN_TOKEN.sub(MASK, text)
