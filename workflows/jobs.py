"""A job as it is read: its record, its steps, and what follows from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.actions import Action, Advised
from cluster.findings import Finding
from workflows import next_actions
from workflows.access import Principal
from workflows.job_verbs import acceptable, asked, possible
from workflows.next_actions import ASKS, NEXT_ACTION, OVERTAKEN, OVERTAKEN_IN_WAITING, TO_ITS_END
from workflows.references import Reference
from workflows.states import CARRIED_OUT, FINISHED, JobStatus, StepStatus
from workflows.step_records import StepRecord, still

ENDED_FOR_GOOD = frozenset(
    {JobStatus.ROLLED_BACK, JobStatus.OUTDATED, JobStatus.REJECTED, JobStatus.EXPIRED}
)
"""The change is asked for anew, if at all."""


@dataclass(frozen=True, slots=True)
class Job:
    """One change being carried out."""

    id: str
    cluster: str
    kind: str
    params: Mapping[str, Any]
    status: JobStatus
    epoch: int
    seq: int
    position: int
    """Place in the cluster's queue, from 1; 0 when it does not wait."""
    waits_for: str | None
    created: float
    started: float | None
    finished: float | None
    trace_id: str
    reason: str
    on_failure: str
    accept: frozenset[str]
    plan: Mapping[str, Any]
    steps: tuple[StepRecord, ...]
    quorum_now: Mapping[str, Any] | None
    seconds: float | None = None
    """Time at work before it last came to rest; waits for a next attempt are part of it."""
    running_since: float | None = None
    """When it went on last; ``None`` while it rests."""
    founds: str = ""
    """The environment of the cluster whose record it makes; empty if it makes none."""
    is_pinned: bool = False
    """Whether somebody agreed to its very plan, so that it is not to become another."""
    is_undone: bool = False
    """Whether it goes, or went, back."""
    overtaken_by: str = ""
    """The job that has changed the cluster since this one rested; empty if none has."""
    unserved_site: str = ""
    """The site of its hosts, if no Celery worker serves that; empty if one does."""
    requested_by: str = ""
    """The id of the token that asked for it; empty where nobody signed in."""
    requester_name: str = ""
    """What that token, or hook, is called."""
    via: str = ""
    """By which way it was asked for: ``token``, ``session``."""
    stopped: Mapping[str, Any] | None = None
    """The error that ended it before a step did."""
    failed_with: Mapping[str, Any] | None = None
    """What it failed with, since it was last begun or retried; a rollback leaves it as it is."""
    failed_at: int = 0
    """The index of the step that failed so."""
    without: frozenset[str] = frozenset()
    """Hosts that were given up as lost with a retry or rollback; nothing is tried on them."""
    approve_within: int = 0
    """Hours in which somebody has to approve it, from when that is asked for; 0: nobody has to."""
    expires: float | None = None
    """When it ends unless somebody has approved it by then; ``None`` where nobody has to."""
    approved: float | None = None
    """When somebody approved it; ``None`` if nobody has."""
    approved_by: str = ""
    """The id of that person's token."""
    approved_alone: bool = False
    """Whether that was who had asked for it, as nobody else might have approved it."""
    approval_why: str = ""
    """Why the policy wants an approval; empty where the request itself, or nobody, wanted it."""
    askers: frozenset[str] = frozenset()
    """Who asked for it, or for its approval anew: ids of tokens, and persons."""
    reference: Reference | None = None
    """What it was asked for outside, such as a ticket; ``None`` where nobody said."""
    held_since: float | None = None
    """Since when it waits for a window, or for the end of a freeze; ``None`` while it does not."""
    held_by: str = ""
    """What keeps it back, in words: windows that are not open, and freezes."""
    opens: float | None = None
    """When it begins that waits for that; ``None`` also where that is looked at anew."""
    ends: str = ""
    """How it rests once it has taken back what must not stay; empty unless it is at that."""

    @property
    def can(self) -> list[str]:
        """What may be asked of it now."""
        never = {"retry", "rollback", "approve"} if self.overtaken_by else set()
        if any(step.is_final and step.attempt for step in self.steps):
            never.add("rollback")
        return [verb for verb in possible(self.status) if verb not in never]

    def is_asked_by(self, by: Principal) -> bool:
        """Whether somebody has asked for it, with whichever token; the ledger asks the same."""
        return bool(by.id) and not self.askers.isdisjoint({by.id, *by.people})

    @property
    def asked_approval(self) -> float | None:
        """Since when it waits for an approval; ``None`` where it does not."""
        return None if self.expires is None else self.expires - self.approve_within * 3600

    @property
    def narrowest(self) -> Mapping[str, Any] | None:
        """The narrowest margin of voters that the plan expects during any of its steps."""
        margins = [row["quorum_during"] for row in self.plan["steps"] if row.get("quorum_during")]
        return min(margins, key=lambda row: row["tolerance"], default=None)

    @property
    def has_begun(self) -> bool:
        """Whether it may have changed something: to look at the cluster changes nothing."""
        return any(step.attempt and step.name != "observe" for step in self.steps)

    @property
    def waited(self) -> float | None:
        """How long it rested in between, for a person or for its turn, in seconds."""
        return still(self.started, self.running_since or self.finished, self.seconds)

    @property
    def hosts(self) -> list[str]:
        """Every host that the plan names, once."""
        return list(dict.fromkeys(host for step in self.steps for host in step.planned_hosts))

    @property
    def is_finished(self) -> bool:
        return self.status in FINISHED

    @property
    def error(self) -> dict[str, Any] | None:
        """The error that ended it, or its rollback, with the step's name and place."""
        if self.status in {JobStatus.SUCCEEDED, JobStatus.ROLLED_BACK}:
            return None
        error = self._error
        left = [finding.as_dict() for finding in self.left_open]
        if error and left:
            return error | {"findings": [*(error.get("findings") or ()), *left]}
        return error

    @property
    def _error(self) -> dict[str, Any] | None:
        """What ended it before a step did is newer than what a step says that is to be repeated."""
        is_stuck = any(step.status is StepStatus.STUCK for step in self.steps)
        if self.stopped and self.steps and not is_stuck:
            return {"step": self.steps[0].name, "index": 0, **self.stopped}
        for step in self.steps:
            if step.error and step.status is not StepStatus.LEFT_OUT:
                return {"step": step.name, "index": step.index, **step.error}
        return None

    @property
    def cause(self) -> dict[str, Any] | None:
        """Why it is, or was, rolled back, with the step's name and place; not told in a list."""
        if not (self.is_undone and self.failed_with and self.failed_at < len(self.steps)):
            return None
        step = self.steps[self.failed_at]
        return {"step": step.name, "index": step.index, **self.failed_with}

    @property
    def findings(self) -> list[Mapping[str, Any]]:
        """What the plan, and the steps that succeeded, had to say: warnings, notes and the like."""
        of_steps = (row for step in self.steps if not step.error for row in step.findings)
        return [*self.plan["findings"], *of_steps]

    @property
    def acceptable(self) -> list[str]:
        """Codes of the findings that ended the job, or keep it, and that a retry may accept."""
        codes = acceptable((self.error or {}).get("findings") or ())
        codes |= {*(self.waits or {}).get("acceptable", ())}
        return sorted(codes - self.accept)

    @property
    def carried_to_its_end(self) -> StepRecord | None:
        """The step that a cancel waits for, since it may not be interrupted."""
        if self.status is not JobStatus.CANCELLING:
            return None
        return next((step for step in self.steps if step.ends_by), None)

    @property
    def waits(self) -> Mapping[str, Any] | None:
        """What its step waits for, while it does."""
        return next((step.waits_for for step in self.steps if step.waits_for), None)

    @property
    def left_open(self) -> list[Finding]:
        """What was to be taken back before it rested, and was not."""
        rests = self.status in {JobStatus.FAILED, JobStatus.CANCELLED}
        return next_actions.left_open(self.steps) if rests else []

    @property
    def _closing(self) -> str:
        """What it does before it rests, and why."""
        failed = next((step for step in self.steps if step.status is StepStatus.FAILED), None)
        why = f"failed at step {failed.index + 1}, {failed.title!r}" if failed else ""
        owed = [s for s in self.steps if s.is_owed and s.status is not StepStatus.FAILED]
        return next_actions.closing(self.ends, why if self.ends == "failed" else "", owed)

    @property
    def next_action(self) -> str:
        step = self.carried_to_its_end
        if step:
            return TO_ITS_END.format(step.index + 1, step.title)
        if self.status is JobStatus.CLOSING and not self.unserved_site:
            return self._closing
        if self.waits and self.waits["asks"]:
            advice = self.waits["advice"] or "see to it"
            return ASKS.format(self.waits["what"], advice)
        if self.held_since:
            return next_actions.held_back(self.held_since, self.opens, self.held_by)
        if self.unserved_site and self.status in {JobStatus.QUEUED, *CARRIED_OUT}:
            return next_actions.unserved(self.unserved_site, self.can)
        if self.overtaken_by and possible(self.status):
            waits = self.status is JobStatus.AWAITING_APPROVAL
            words = OVERTAKEN_IN_WAITING if waits else OVERTAKEN
            return words.format(self.overtaken_by, self.cluster)
        if self.status is JobStatus.CANCELLED and not self.has_begun:
            return next_actions.NOTHING_BEGUN
        if self.cause and self.status is JobStatus.ROLLED_BACK:
            why = next_actions.failed_with(self.cause, self.steps[self.cause["index"]].title)
            return f"{NEXT_ACTION[self.status]}; {why}"
        advice = (self.error or {}).get("advice") if self.is_finished else ""
        still = "".join(f"; {finding.message}" for finding in self.left_open)
        return f"{NEXT_ACTION[self.status]}{still}{': ' + advice if advice else ''}"

    @property
    def actions(self) -> list[Advised]:
        """What ``next_action`` comes down to; first what the failed hosts need."""
        error = (self.error or {}) if self.is_finished else {}
        rows = [*(error.get("failures") or ()), *(error.get("findings") or ())]
        mend = [Advised(**advised) for row in rows for advised in row.get("actions") or ()]
        follow = [] if self.is_finished else [Action.FOLLOW_JOB.of(job=self.id)]
        can = self.can
        actions = [*mend, *follow, *asked(self.id, can)]
        if self.acceptable and "retry" in can:
            codes = ",".join(self.acceptable)
            actions.append(Action.RETRY_ACCEPTING.of(job=self.id, accept=codes))
        if self.status in ENDED_FOR_GOOD:
            actions.append(Action.PLAN_CHANGE.of(kind=self.kind, cluster=self.cluster))
        if self.status is JobStatus.SUCCEEDED:
            actions.append(Action.SHOW_CLUSTER.of(cluster=self.cluster))
        return [advised for place, advised in enumerate(actions) if advised not in actions[:place]]
