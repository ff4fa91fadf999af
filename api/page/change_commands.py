"""A plan that was looked at, as what has it carried out from a terminal."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

from api.page.terminal import api_url, ours
from workflows.plan import Change

FROM_SHELL = '"Authorization: Bearer $CLUSTERWRIGHT_TOKEN"'
"""In double quotes: the shell fills the token in, so that it stands on no page."""


def change_commands(change: Change, digest: str) -> Iterator[str]:
    """Yield the lines that have exactly this plan carried out: one of ours, and one of curl."""
    options = [f"--param={name}={_json(value)}" for name, value in change.params.items()]
    options += [f"--accept={code}" for code in sorted(change.accept)]
    options += [f"--on-failure={change.on_failure}", f"--plan-digest={digest}"]
    if change.approve_within:
        options.append(f"--approve-within={change.approve_within}")
    if change.reason:
        options.append(f"--reason={change.reason}")
    yield ours("change", change.kind, change.cluster, *options)
    yield _curl(change, digest)


def _curl(change: Change, digest: str) -> str:
    body: dict[str, Any] = {
        "kind": change.kind,
        "params": change.params,
        "accept": sorted(change.accept),
        "on_failure": change.on_failure,
        "reason": change.reason,
        "plan_digest": digest,
    }
    if change.approve_within:
        body["approve_within"] = change.approve_within
    place = f"{api_url()}/v1/clusters/{change.cluster}/changes"
    arguments = shlex.join(("-H", "Content-Type: application/json", "-d", _json(body)))
    return f"curl -sS --fail-with-body {shlex.quote(place)} -H {FROM_SHELL} {arguments}"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
