"""Trace ids in the form of W3C Trace Context, so that one request is found again in every process.

The trace id of a change is stored with its job: messages carry ids only, and a step that is
delivered again finds it there.
"""

import re
import secrets

TRACEPARENT = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<trace>[0-9a-f]{32})-(?!0{16})[0-9a-f]{16}"
    r"-(?P<flags>[0-9a-f]{2})(?P<rest>-.*)?",
    re.ASCII,
)
NOT_SAMPLED = "00"


def new_trace_id() -> str:
    return secrets.token_hex(16)


def received(header: str) -> tuple[str, str] | None:
    """Return the trace id and the flags of a ``traceparent``, or ``None`` if it is not valid.

    A later version may say more at its end; the first version may not.
    """
    found = TRACEPARENT.fullmatch(header.strip())
    if found is None or (found["version"] == "00" and found["rest"]):
        return None
    return found["trace"], found["flags"]


def traceparent(trace_id: str, flags: str = NOT_SAMPLED) -> str:
    """Return the header that names the trace, with a fresh id for our own part in it."""
    return f"00-{trace_id}-{secrets.token_hex(8)}-{flags}"
