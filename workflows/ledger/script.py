"""The ledger's script: its parts put together, with the tables that it moves jobs and steps by."""

import functools
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from workflows.ledger.tallies import script as tallies_script
from workflows.states import CARRIED_OUT, JOB_TRANSITIONS, PASSED, STEP_TRANSITIONS

PARTS = (
    "ledger.lua",
    "asked_of_plans.lua",
    "asked_by_workers.lua",
    "asked_by_people.lua",
    "asked_by_reconcilers.lua",
    "asked_of_deliveries.lua",
    "called_by_redis.lua",
)
"""In their order: each uses what stands before it."""


def text_of(name: str) -> str:
    """Return the text of one part."""
    return files("workflows.ledger").joinpath(name).read_text()


@functools.cache
def script() -> str:
    """Return the whole script."""
    text = "\n".join(map(text_of, PARTS))
    text = text.replace("@TALLIES@", tallies_script())
    text = text.replace("@CLUSTERS@", text_of("clusters.lua"))
    text = text.replace("@INDEXES@", text_of("indexes.lua"))
    text = text.replace("@OUTBOX@", text_of("outbox.lua"))
    text = text.replace("@WISHES@", text_of("wishes.lua"))
    text = text.replace("@CLOSING@", text_of("closing.lua"))
    text = text.replace("@OPENINGS@", text_of("openings.lua"))
    text = text.replace("@CARRIED_OUT@", _set(CARRIED_OUT))
    text = text.replace("@PASSED@", _set(PASSED))
    text = text.replace("@STEP_TABLE@", _table(STEP_TRANSITIONS))
    return text.replace("@JOB_TABLE@", _table(JOB_TRANSITIONS))


def _set(words: Iterable[str]) -> str:
    return "{" + ",".join(f'["{word}"]=true' for word in sorted(words)) + "}"


def _table(transitions: Mapping[tuple[Any, Any], Any]) -> str:
    # The words are plain, so that a JSON string is a string of Lua too.
    rows = (f'["{status} {event}"]="{to}"' for (status, event), to in transitions.items())
    return "{" + ",".join(rows) + "}"
