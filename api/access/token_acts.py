"""What people ask of tokens, by the API and on the page alike: who may, and what is recorded."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from api.access.acts import note
from api.access.principal import principal
from api.access.token_records import TokenRecord, Wish
from api.access.token_store import Made, NotRotated, Rotated
from api.access.tokens import id_of
from api.backend import backend
from api.local_token import kept
from workflows.access import Forbidden, Grant
from workflows.moments import rfc3339
from workflows.roles import beyond

HOUR_SECONDS = 3600


def make(wish: Wish) -> Made:
    """Make a token; who asks is kept as its maker unless it is said to be for somebody.

    Raises ``Forbidden`` where it would get more than whoever asks has.
    """
    _demand(wish.grants)
    by = principal()
    made = backend().token_store.make(
        replace(wish, maker="" if wish.owner else by.maker or by.whose), by=by.id
    )
    note(object=f"token {made.record.id}", after=_told(made.record))
    return made


def revoke(token_id: str) -> TokenRecord:
    """Make a token invalid for good. Raises ``TokenNotFound`` and ``LastAdmin``."""
    record = backend().token_store.revoke(token_id, by=principal().id)
    backend().tokens.forget(token_id)
    note(before=_told(record), after={"status": "revoked"})
    return record


def rotate(token_id: str, overlap_hours: int) -> Rotated:
    """Have a token take another's place.

    Raises ``TokenNotFound``, ``NotRotated``, and ``Forbidden`` as ``make`` does.
    """
    rotated = backend().token_store.rotate(
        token_id,
        overlap_seconds=overlap_hours * HOUR_SECONDS,
        by=principal().id,
        allow=_allow_rotation,
    )
    backend().tokens.forget(token_id)
    note(before=_told(rotated.old), after=_told(rotated.new.record))
    return rotated


def tokens_after(cursor: str, most: int) -> tuple[list[TokenRecord], str]:
    """Return tokens, the oldest first, and the cursor of those behind; empty if there are none."""
    after = _place(cursor)
    records = [each for each in backend().token_store.all() if _place(_cursor(each)) > after]
    page = records[:most]
    return page, _cursor(page[-1]) if len(page) < len(records) else ""


def _cursor(record: TokenRecord) -> str:
    return f"{record.created:.6f}-{record.id}"


def _place(cursor: str) -> tuple[float, str]:
    """Return what tokens are listed by; the one of a cursor may be gone by now."""
    created, _, token_id = cursor.partition("-")
    return float(created or 0), token_id


def _told(record: TokenRecord) -> Mapping[str, Any]:
    """Return what the audit log tells of a token."""
    return {
        "id": record.id,
        "name": record.name,
        "owner": record.whose,
        "maker": record.maker or None,
        "roles": list(record.roles),
        "clusters": record.clusters,
        "environments": sorted(record.environments),
        "expires": rfc3339(record.expires),
    }


def _demand(grants: tuple[Grant, ...]) -> None:
    """Raise ``Forbidden`` where these go beyond what whoever asks has."""
    by = principal()
    if (permission := beyond(by.grants, grants)) is not None:
        raise Forbidden(by, permission, None)


def _allow_rotation(old: TokenRecord) -> None:
    """Raise what speaks against giving somebody the like of a token."""
    token = kept(backend().settings.data_dir)
    if token and id_of(token) == old.id:
        raise NotRotated(
            f"cannot rotate token {old.id} ({old.name}): it stands in the file token of the data "
            "directory; where the API runs, revoke it with python -m api.local_token revoke "
            f"{old.id}, then start the API again, which makes another"
        )
    _demand(old.grants)
