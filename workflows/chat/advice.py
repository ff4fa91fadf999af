"""Advice as commands of a chat: how a chat words what a person can do; pure."""

from collections.abc import Iterable, Mapping
from typing import Any

from cluster.actions import Action
from workflows.chat.answers import SHORT_ID

COMMANDS: Mapping[str, str] = {
    Action.LIST_CLUSTERS: "status",
    Action.SHOW_CLUSTER: "status {cluster}",
    Action.LIST_JOBS: "jobs",
    Action.SHOW_JOB: "watch {job}",
    Action.FOLLOW_JOB: "watch {job}",
    Action.CANCEL_JOB: "cancel {job}",
    Action.APPROVE_JOB: "approve {job}",
    Action.REJECT_JOB: "reject {job}",
    Action.RETRY_JOB: "retry {job}",
    Action.ROLLBACK_JOB: "rollback {job}",
    Action.PLAN_CHANGE: "plan change {kind} {cluster}",
    Action.LIST_KINDS: "help change",
}
"""What can be typed in a chat; hosts are told of elsewhere."""


def to_type(actions: Iterable[Mapping[str, Any]]) -> str:
    """Return what to type, as a sentence, or nothing where a chat has no command for it."""
    found = [
        COMMANDS[row["action"]].format_map(_short(row["arguments"]))
        for row in actions
        if row["action"] in COMMANDS
    ]
    return f"type {', or '.join(dict.fromkeys(found))}" if found else ""


def _short(arguments: Mapping[str, str]) -> dict[str, str]:
    return {name: text[:SHORT_ID] if name == "job" else text for name, text in arguments.items()}
