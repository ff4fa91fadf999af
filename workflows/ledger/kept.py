"""What is kept of what hosts say: no document makes Redis large, or steers who reads it."""

import json
from collections.abc import Mapping
from typing import Any

from cluster.printable import visible_in

LARGEST_BYTES = 64 * 1024
"""Of one document: an observation, what a step leaves to be read, an error."""


LARGEST_CHANGE_BYTES = 1024 * 1024
"""Of a job as it is made, with its plan: twice what any request that is taken comes to."""


class TooLarge(Exception):
    """A document is larger than what is kept."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(f"{size // 1024} KiB, and {LARGEST_BYTES // 1024} KiB at most are kept")


def as_json(value: Any) -> str:
    """Return JSON as everybody reads it: NaN and infinity raise ``ValueError``."""
    return json.dumps(value, allow_nan=False)


def bounded(value: Any) -> str:
    """Return the JSON of a document, its texts made visible. Raises ``TooLarge``."""
    text = as_json(visible_in(value))
    if len(text) > LARGEST_BYTES:
        raise TooLarge(len(text))
    return text


def shortened(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an error, its texts made visible, with as many failures and findings as may be kept.

    What went wrong first helps most, and an error has to be recorded in any case.
    """
    error = visible_in(error)
    if len(as_json(error)) <= LARGEST_BYTES:
        return error
    failures, findings = list(error["failures"]), list(error["findings"])
    for most in (50, 20, 5, 1, 0):
        left_out = max(0, len(failures) - most) + max(0, len(findings) - most)
        less = {
            **error,
            "message": f"{error['message'][:1000]} (and {left_out} more, which are not kept)",
            "failures": failures[:most],
            "findings": findings[:most],
        }
        if left_out and len(as_json(less)) <= LARGEST_BYTES:
            return less
    return {**error, "message": error["message"][:1000], "advice": error["advice"][:1000]} | {
        "failures": [],
        "findings": [],
    }
