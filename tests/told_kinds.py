"""The kinds of change as the API of this version tells them, for servers that answer as it does."""

import functools
import json
from typing import Any

from api.app import create_app
from api.kinds import kind_body
from workflows.kinds import KINDS


@functools.cache
def told_kinds() -> list[dict[str, Any]]:
    with create_app().app_context():
        kinds: list[dict[str, Any]] = json.loads(json.dumps([*map(kind_body, KINDS.values())]))
    return kinds
