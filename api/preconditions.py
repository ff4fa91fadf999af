"""``If-Match`` and ``If-None-Match`` of a request that puts a host, held against what is stored."""

import hashlib
import json
from typing import Any

from flask import request

from api.problems import Problem
from workflows.cluster import Host
from workflows.host_changes import changes, in_words


def etag_of(host: Host) -> str:
    """Return what names this state of the host; any change of it has another."""
    text = json.dumps(host.as_dict(), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def check(known: Host | None, wanted: Host) -> None:
    """Raise the problem if the request was meant for another state than ``known``.

    A pinned key is replaced only by a request that names the state in which it was seen: it is what
    tells a host from somebody who answers in its place.
    """
    if known is None:
        _refuse_unknown(wanted)
        return
    found = changes(known, wanted)
    extra = {"changes": found, "etag": f'"{etag_of(known)}"', "host": known.as_dict()}
    unless = request.if_none_match
    if unless.star_tag or unless.contains(etag_of(known)):
        raise Problem(
            "precondition-failed",
            f"cannot add host {known.name}: it is in the inventory already, and this would change "
            f"{in_words(found)}",
            extra,
        )
    if "If-Match" in request.headers:
        if not (request.if_match.star_tag or request.if_match.contains(etag_of(known))):
            raise Problem(
                "precondition-failed",
                f"cannot change host {known.name}: it is no longer as it was when it was read; "
                f"from what it is now, this would change {in_words(found)}",
                extra,
            )
    elif "host_key" in found:
        pin = in_words({"host_key": found["host_key"]})
        raise Problem(
            "precondition-required",
            f"cannot change the pinned {pin} of host {known.name}: say with If-Match which state "
            "of the host is to be replaced",
            extra,
        )


def _refuse_unknown(wanted: Host) -> None:
    extra: dict[str, Any] = {"changes": {}, "etag": None, "host": None}
    if "If-Match" in request.headers:
        raise Problem(
            "precondition-failed",
            f"cannot change host {wanted.name}: it is not in the inventory; send it without "
            "If-Match to add it",
            extra,
        )
