"""What a request was meant for, held against what is stored.

For one host the headers ``If-Match`` and ``If-None-Match`` say it, in a list each row's
``if_match``.
"""

import json
from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.datastructures import ETags
from werkzeug.http import parse_etags

from api.http.documents import tag_of_text
from api.http.problems import Problem
from cluster.spec import Host
from workflows.host_changes import changes, in_words

Changes = Mapping[str, Mapping[str, Any]]


def condition(name: str, description: str) -> dict[str, Any]:
    """Return a header of requests, as OpenAPI tells it."""
    return {
        "in": "header",
        "name": name,
        "schema": {"type": "string"},
        "description": description,
    }


IF_MATCH = condition(
    "If-Match", "The `ETag` of the state that this is meant for; another one is 412"
)


def etag_of(host: Host) -> str:
    """Return what names this state of the host; any change of it has another."""
    text = json.dumps(host.as_dict(), sort_keys=True)
    return tag_of_text(text)


def check(known: Host | None, wanted: Host) -> None:
    """Raise the problem if the request was meant for another state than ``known``."""
    found, unless = changes(known, wanted) if known else {}, request.if_none_match
    if known and (unless.star_tag or unless.contains(etag_of(known))):
        raise _is_there("precondition-failed", known, found)
    named = request.if_match if "If-Match" in request.headers else None
    if problem := _mismatch(known, wanted, found, named):
        raise problem


def demand_match(etag: str, what: str) -> None:
    """Raise the problem if the request names with ``If-Match`` another state than this one."""
    named = request.if_match
    if "If-Match" not in request.headers or named.star_tag or named.contains(etag):
        return
    raise Problem(
        "precondition-failed",
        f"cannot do this to {what}: it is no longer as it was when it was read; look at it as it "
        "is now",
        {"etag": f'"{etag}"'},
    )


def row_refusal(
    known: Host | None, wanted: Host, *, if_match: str | None, replace: bool
) -> Problem | None:
    """Return the problem if a row of a list was meant for another state than ``known``.

    A host that is as the row says is no problem, whatever state the row names.
    """
    found = changes(known, wanted) if known else {}
    if known and not found:
        return None
    if known and not replace:
        return _is_there("hosts-differ", known, found)
    return _mismatch(known, wanted, found, parse_etags(if_match) if if_match else None)


def _mismatch(
    known: Host | None, wanted: Host, found: Changes, named: ETags | None
) -> Problem | None:
    """Return the problem if the state that is named, if one is, is not ``known``.

    A pinned key is replaced only by a request that names the state in which it was seen: it is what
    tells a host from somebody who answers in its place.
    """
    if known is None:
        return _is_not_there(wanted) if named is not None else None
    if named is not None:
        if named.star_tag or named.contains(etag_of(known)):
            return None
        return Problem(
            "precondition-failed",
            f"cannot change host {known.name}: it is no longer as it was when it was read; "
            f"from what it is now, this would change {in_words(found)}",
            _state(known, found),
        )
    if "host_key" in found:
        pin = in_words({"host_key": found["host_key"]})
        return Problem(
            "precondition-required",
            f"cannot change the pinned {pin} of host {known.name}: say with If-Match which state "
            "of the host is to be replaced",
            _state(known, found),
        )
    return None


def _is_there(word: str, known: Host, found: Changes) -> Problem:
    return Problem(
        word,
        f"cannot add host {known.name}: it is in the inventory already, and this would change "
        f"{in_words(found)}",
        _state(known, found),
    )


def _is_not_there(wanted: Host) -> Problem:
    return Problem(
        "precondition-failed",
        f"cannot change host {wanted.name}: it is not in the inventory; send it without "
        "If-Match to add it",
        {"changes": {}, "etag": None, "host": None},
    )


def _state(known: Host, found: Changes) -> dict[str, Any]:
    return {"changes": found, "etag": f'"{etag_of(known)}"', "host": known.as_dict()}
