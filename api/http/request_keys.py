"""The Idempotency-Key header: a request that is sent twice makes one job.

The ledger keeps the key in the very script that makes the job, so that neither twenty at once nor
a crash in between make two. Refused requests are not kept: after a refusal nothing has happened.
"""

import json
import re
from typing import Any

from flask import request

from api.access.principal import principal
from api.http.problems import Problem
from workflows.access import RequestKey, request_key

KEY = re.compile(r"[\x20-\x7e]{1,255}")


def keys_of(body: Any) -> tuple[RequestKey, ...]:
    """Return the key of this request, whose checked body is ``body``; nothing without one.

    Spelling and order of the body do not matter.
    """
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return ()
    key = header.strip().removeprefix('"').removesuffix('"')
    if not KEY.fullmatch(key):
        raise Problem(
            "invalid-idempotency-key",
            f"cannot use an Idempotency-Key of {len(key)} characters: it has 1 to 255 printable "
            "ASCII characters",
        )
    text = json.dumps(body, sort_keys=True, default=str)
    return (request_key(principal().id, request.path, key, text),)
