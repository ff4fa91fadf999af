"""What somebody may ask for in a chat, as values, and how each is written; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Help:
    """Tell what can be asked; of one command, when that is named."""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """Tell how one cluster is, or all of them."""

    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Jobs:
    """Tell the newest jobs, of one cluster or of all."""

    cluster: str = ""


@dataclass(frozen=True, slots=True)
class Quorum:
    """Tell who votes in a cluster's datastore, and what would become of that."""

    cluster: str
    tried: tuple[tuple[str, str], ...] = ()
    """Verbs, each with a node, that are tried on paper one after the other."""


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """Tell who somebody is here, and what they may do."""


@dataclass(frozen=True, slots=True)
class ChangeOf:
    """Have a change of a cluster carried out, or planned only."""

    kind: str
    cluster: str
    params: Mapping[str, Any] = field(default_factory=dict)
    """As the kind's schema dumps them."""
    reason: str = ""
    is_plan: bool = False
    accept: tuple[str, ...] = ()
    """Codes of findings that may stand, in their order."""


@dataclass(frozen=True, slots=True)
class OfJob:
    """Ask something of a job, or about it."""

    verb: str
    job: str
    """The beginning of its id."""
    digest: str = ""
    """The beginning of the digest of the plan that is approved; empty: whichever it has now."""
    reason: str = ""
    accept: tuple[str, ...] = ()
    """Codes of findings that may stand; for a retry."""


Command = Help | Status | Jobs | Quorum | WhoAmI | ChangeOf | OfJob


@dataclass(frozen=True, slots=True)
class Usage:
    """How a command is written."""

    form: str
    """Words in capitals stand for what a person says, and brackets for what may be left out."""
    summary: str
    example: str


USAGES: Mapping[str, Usage] = {
    "help": Usage("help [COMMAND]", "Tell what can be asked here", "help add"),
    "status": Usage("status [CLUSTER]", "Tell how a cluster is, with a drawing", "status prod"),
    "jobs": Usage("jobs [CLUSTER]", "Tell the newest jobs", "jobs prod"),
    "quorum": Usage(
        "quorum CLUSTER [if add|remove|remove-dead|stop HOST[,HOST] [and ...]]",
        "Tell who votes, and what would become of that; nothing happens",
        "quorum prod if remove n2 and add n5",
    ),
    "add": Usage(
        "add worker|control-plane HOST[,HOST] to CLUSTER",
        "Make free hosts nodes of a cluster",
        "add worker n4,n5 to prod",
    ),
    "remove": Usage(
        "remove HOST from CLUSTER [by force]",
        "Take a node out of its cluster; by force, one that is dead",
        "remove n2 from prod",
    ),
    "upgrade": Usage(
        "upgrade CLUSTER to CHANNEL",
        "Bring every node to another channel",
        "upgrade prod to 1.33/stable",
    ),
    "label": Usage(
        "label HOST[,HOST] KEY=VALUE... in CLUSTER",
        "Give nodes labels",
        "label n4 disk=ssd in prod",
    ),
    "verify": Usage("verify CLUSTER", "Look at a cluster now, and change nothing", "verify prod"),
    "change": Usage(
        "change KIND CLUSTER [FIELD=VALUE...] [accepting CODE[,CODE]] [because REASON]",
        "Ask for any other kind of change",
        "change maintain prod packages=yes",
    ),
    "plan": Usage(
        "plan CHANGE",
        "Tell what a change would do, step by step; nothing happens",
        "plan remove n2 from prod",
    ),
    "watch": Usage("watch JOB", "Tell how far a job is", "watch 1a2b3c4d"),
    "approve": Usage(
        "approve JOB [DIGEST]",
        "Agree to the plan of a job that somebody else has asked for",
        "approve 1a2b3c4d",
    ),
    "reject": Usage(
        "reject JOB [because REASON]",
        "Do not agree to a job that waits for approval",
        "reject 1a2b3c4d because it is Friday",
    ),
    "cancel": Usage("cancel JOB", "Stop a job at the next safe point", "cancel 1a2b3c4d"),
    "retry": Usage(
        "retry JOB [accepting CODE[,CODE]]",
        "Go on from the step that failed; findings of these codes may stand",
        "retry 1a2b3c4d",
    ),
    "rollback": Usage("rollback JOB", "Undo what a job has done", "rollback 1a2b3c4d"),
    "why": Usage(
        "why JOB", "Tell which host failed, by which command, and what to do next", "why 1a2b3c4d"
    ),
    "whoami": Usage("whoami", "Tell who you are here, and what you may do", "whoami"),
}
"""Every command by its first word, in the order in which help tells them."""

OF_JOBS = frozenset({"watch", "approve", "reject", "cancel", "retry", "rollback", "why"})
CHANGES = frozenset({"add", "remove", "upgrade", "label", "verify", "change"})
"""Those that ask for a change, and that can be planned."""
FOR_ANYBODY = (Help, Status, WhoAmI)
"""What may be asked by somebody whom the rule file does not name."""
