"""Somebody whom an issuer of identities knows, and how what they bring looks."""

import re
from dataclasses import dataclass

LOOKS_LIKE_ONE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the issuer knows, as a token told it."""

    id: str
    """``oidc:`` and the issuer's own name for the person, which never goes to another."""
    name: str
    groups: tuple[str, ...]
    """Those that give something here."""
    began: float
    """When the issuer has told of this: Unix time."""
    ends: float
    """When the token ends that told of this: Unix time."""


def looks_like_one(token: str) -> bool:
    """Whether a token has the form of an issuer's; ours have no dot."""
    return LOOKS_LIKE_ONE.fullmatch(token) is not None
