"""A list on the page, a part at a time: by the beginning of a name, and after the part before."""

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import request


@dataclass(frozen=True, slots=True)
class AskedPart:
    """Which part of a list somebody asked for; empty for the first of all."""

    begun: str
    """What names begin with."""
    cursor: str
    """The name after which the part begins."""

    def after(self, cursor: str) -> str:
        """Return the query of the part after ``cursor``; empty where there is none."""
        asked = {"begun": self.begun, "cursor": cursor}
        return "?" + urlencode({k: v for k, v in asked.items() if v}) if cursor else ""


def asked_part() -> AskedPart:
    """Return what the address of this request asks for; names are compared, never looked up."""
    return AskedPart(request.args.get("begun", "").strip(), request.args.get("cursor", ""))
