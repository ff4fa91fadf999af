"""Labels and taints of other tools' files, held against what Kubernetes takes."""

import re
from collections.abc import Iterable, Mapping

from cli.cluster_imports.parts import MOST_SHOWN, Told

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_PREFIX_PART = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_KEY = rf"(?:(?![^/]{{254}}){_PREFIX_PART}(?:\.{_PREFIX_PART})*/)?{_NAME}"
LABEL_KEY = re.compile(_KEY, re.ASCII)
LABEL_VALUE = re.compile(rf"(?:{_NAME})?", re.ASCII)
TAINT = re.compile(
    rf"{_KEY}=(?:{_NAME})?:(?:NoSchedule|PreferNoSchedule|NoExecute)",
    re.ASCII,
)
LABEL_OFF = "-"
"""With this at its end, a label's key means for other tools that it is to be taken off."""


def labels_of(
    told: Told, found: Mapping[str, str], where: str, lines: Mapping[str, int]
) -> dict[str, str]:
    """Return labels without those that are to be taken off; ``lines`` has each key's."""
    kept = {}
    for key, value in found.items():
        if key.endswith(LABEL_OFF):
            told.note(lines[key], f"label {key[:-1]} is to be taken off, and is left out")
        elif LABEL_KEY.fullmatch(key) and LABEL_VALUE.fullmatch(value):
            kept[key] = value
        else:
            told.fault(
                lines[key],
                f"cannot use the label {f'{key}={value}'[:MOST_SHOWN]!r} at {where}: write "
                "key=value, as in disk=ssd or example.com/tier=web",
            )
    return kept


def taints_of(told: Told, found: Iterable[tuple[str, int]], where: str) -> list[str]:
    """Return taints as ``key=value:Effect``, each of which stands at a line."""
    kept = []
    for text, line in found:
        key, _, effect = text.rpartition(":")
        whole = f"{key if '=' in key else f'{key}='}:{effect}"
        if TAINT.fullmatch(whole):
            kept.append(whole)
        else:
            told.fault(
                line,
                f"cannot use the taint {text[:MOST_SHOWN]!r} at {where}: write key=value:Effect, "
                "with NoSchedule, PreferNoSchedule or NoExecute",
            )
    return list(dict.fromkeys(kept))
