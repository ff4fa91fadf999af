"""What a person can be advised to do, as data: each client words it in its own language.

Pure, and without words: the command line makes a command of it (``cli/advice.py``), the page a link
(``api/page/advice.py``), the API a request (``api/advice.py``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """Something that a person can do with Clusterwright; ``ARGUMENTS`` has what each needs."""

    ADD_HOST = "add-host"
    CHANGE_HOST = "change-host"
    REPIN_HOST = "repin-host"
    SHOW_HOST = "show-host"
    LIST_HOSTS = "list-hosts"
    LIST_CLUSTERS = "list-clusters"
    SHOW_CLUSTER = "show-cluster"
    LIST_JOBS = "list-jobs"
    SHOW_JOB = "show-job"
    FOLLOW_JOB = "follow-job"
    CANCEL_JOB = "cancel-job"
    APPROVE_JOB = "approve-job"
    REJECT_JOB = "reject-job"
    RETRY_JOB = "retry-job"
    RETRY_ACCEPTING = "retry-job-accepting"
    ROLLBACK_JOB = "rollback-job"
    ROLLBACK_WITHOUT = "rollback-job-without"
    PLAN_CHANGE = "plan-change"
    LIST_KINDS = "list-kinds"
    LIST_SCHEDULES = "list-schedules"
    LIST_WINDOWS = "list-windows"
    LIST_FREEZES = "list-freezes"
    CHECK_STACK = "check-stack"

    def of(self, **arguments: str) -> "Advised":
        """Advise it. Raises ``TypeError`` for arguments with which no client could word it."""
        if arguments.keys() != set(ARGUMENTS[self]):
            raise TypeError(f"{self} needs {ARGUMENTS[self]}, not {tuple(arguments)}")
        return Advised(str(self), arguments)


ARGUMENTS: dict[Action, tuple[str, ...]] = {
    Action.ADD_HOST: ("host",),
    Action.CHANGE_HOST: ("host",),
    Action.REPIN_HOST: ("host",),
    Action.SHOW_HOST: ("host",),
    Action.LIST_HOSTS: (),
    Action.LIST_CLUSTERS: (),
    Action.SHOW_CLUSTER: ("cluster",),
    Action.LIST_JOBS: (),
    Action.SHOW_JOB: ("job",),
    Action.FOLLOW_JOB: ("job",),
    Action.CANCEL_JOB: ("job",),
    Action.APPROVE_JOB: ("job",),
    Action.REJECT_JOB: ("job",),
    Action.RETRY_JOB: ("job",),
    Action.RETRY_ACCEPTING: ("job", "accept"),
    Action.ROLLBACK_JOB: ("job",),
    Action.ROLLBACK_WITHOUT: ("job", "without"),
    Action.PLAN_CHANGE: ("kind", "cluster"),
    Action.LIST_KINDS: (),
    Action.LIST_SCHEDULES: (),
    Action.LIST_WINDOWS: (),
    Action.LIST_FREEZES: (),
    Action.CHECK_STACK: (),
}
"""Which arguments each action has; a wording may use no others."""


@dataclass(frozen=True, slots=True)
class Advised:
    """One action that is advised, with what it is to be done to."""

    action: str
    arguments: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return {"action": self.action, "arguments": dict(self.arguments)}


class AdvisedError(Exception):
    """An error with what can be done about it, beside what its message says."""

    def __init__(self, message: str, *actions: Advised) -> None:
        super().__init__(message)
        self.actions = actions


def documents(actions: Iterable[Advised]) -> list[dict[str, Any]]:
    """Return actions as they stand in a document."""
    return [advised.as_dict() for advised in actions]
