"""The few lines of meta/snap.yaml that matter here: plain keys and the map `environment`."""

from __future__ import annotations

from typing import Any


def parse(text: str) -> dict[str, Any]:
    """Read the keys of the first level whose value is one line, and `environment` below its own.

    snapcraft writes the file regularly, so this needs no package that reads all of YAML.
    """
    found: dict[str, Any] = {}
    section = ""
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if not colon or not key.strip() or key.lstrip().startswith(("#", "-")):
            continue
        if not line.startswith(" "):
            section = key.strip()
            found[section] = {} if section == "environment" else _plain(value)
        elif section == "environment":
            found[section][key.strip()] = _plain(value)
    return found


def _plain(value: str) -> str:
    text = value.strip()
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if is_quoted else text
