"""A job as it is read: its record, steps, per-host results and events."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cluster.actions import Action, Advised, documents
from cluster.findings import Finding
from cluster.observation import Observation
from workflows import next_actions
from workflows.access import Principal
from workflows.moments import rfc3339
from workflows.next_actions import ASKS, NEXT_ACTION, OVERTAKEN, TO_ITS_END
from workflows.references import Reference
from workflows.states import CARRIED_OUT, FINISHED, JOB_TRANSITIONS, JobEvent, JobStatus, StepStatus
from workflows.step_records import StepRecord, pairs, seconds_of, step_record, still

ENDED_FOR_GOOD = frozenset(
    {JobStatus.ROLLED_BACK, JobStatus.OUTDATED, JobStatus.REJECTED, JobStatus.EXPIRED}
)
"""The change is asked for anew, if at all."""
HOUR_MS = 3_600_000
ASKERS = ("requested_by", "requester", "again_by", "again_person")
POSSIBLE = {
    "cancel": {JobEvent.CANCEL_REQUESTED, JobEvent.CANCELLED},
    "approve": {JobEvent.APPROVED},
    "reject": {JobEvent.REJECTED},
    "retry": {JobEvent.RETRY_REQUESTED},
    "rollback": {JobEvent.ROLLBACK_REQUESTED},
}


def possible(status: JobStatus) -> list[str]:
    """Return what may be asked of a job in this status."""
    return [
        verb
        for verb, events in POSSIBLE.items()
        if any((status, event) in JOB_TRANSITIONS for event in events)
        and not (verb == "cancel" and status in {JobStatus.CANCELLING, JobStatus.CLOSING})
    ]


def asked(job_id: str, verbs: Sequence[str]) -> list[Advised]:
    """Return the actions that ask these things of a job."""
    return [Action(f"{verb}-job").of(job=job_id) for verb in verbs]


def acceptable(findings: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the codes of those findings that keep a step from going on unless accepted."""
    return {
        row["code"] for row in findings if row["severity"] == "refuse" and row.get("acceptable")
    }


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
        never = {"retry", "rollback"} if self.overtaken_by else set()
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
            return OVERTAKEN.format(self.overtaken_by, self.cluster)
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

    def as_row(self) -> dict[str, Any]:
        """Return what a list tells of it."""
        end = self.finished
        return {
            "id": self.id,
            "cluster": self.cluster,
            "kind": self.kind,
            "status": str(self.status),
            "finished_for_now": self.is_finished,
            "seq": self.seq,
            "position": self.position,
            "waits_for": self.waits_for,
            "created": self.created,
            "created_time": rfc3339(self.created),
            "started": self.started,
            "started_time": rfc3339(self.started),
            "finished": end,
            "finished_time": rfc3339(end),
            "running_since": self.running_since,
            "running_since_time": rfc3339(self.running_since),
            "seconds": self.seconds,
            "waited_seconds": self.waited,
            "reason": self.reason,
            "requested_by": self.requested_by or None,
            "requested_by_name": self.requester_name or None,
            "via": self.via or None,
            "held_since": self.held_since,
            "held_since_time": rfc3339(self.held_since),
            "held_by": self.held_by or None,
            "opens": self.opens,
            "opens_time": rfc3339(self.opens),
            "expires": self.expires,
            "expires_time": rfc3339(self.expires),
            "approval_asked_time": rfc3339(self.asked_approval),
            "next_action": self.next_action,
        }

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.as_row(),
            "params": dict(self.params),
            "epoch": self.epoch,
            "trace_id": self.trace_id,
            "without": sorted(self.without),
            "approve_within": self.approve_within,
            "approved": self.approved,
            "approved_time": rfc3339(self.approved),
            "approved_by": self.approved_by or None,
            "approved_alone": self.approved_alone,
            "approval_why": self.approval_why or None,
            "reference": self.reference.as_dict() if self.reference else None,
            "ends": self.ends or None,
            "waits": dict(self.waits) if self.waits else None,
            "accept": sorted(self.accept),
            "acceptable": self.acceptable,
            "on_failure": self.on_failure,
            "overtaken_by": self.overtaken_by or None,
            "plan_digest": self.plan["digest"],
            "findings": [dict(finding) for finding in self.findings],
            "quorum": {
                "before": self.plan["quorum_before"],
                "now": self.quorum_now,
                "during": self.narrowest,
                "expected": self.plan["quorum_after"],
            },
            "steps": [step.as_dict() for step in self.steps],
            "error": self.error,
            "cause": self.cause,
            "actions": documents(self.actions),
        }


@dataclass(frozen=True, slots=True)
class Work:
    """What a Celery worker has to know of the job whose step it has claimed."""

    cluster: str
    kind: str
    trace_id: str
    plan: Mapping[str, Any]
    step: StepRecord
    reached: Mapping[str, Mapping[str, str]]
    """How hosts were reached when the job was made, or when somebody had it go on."""
    accept: frozenset[str] = frozenset()
    """Codes of findings that were accepted with the change, or with a retry."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """What the step noted before its first change."""
    without: frozenset[str] = frozenset()
    """Hosts that somebody has given up as lost."""
    has_waited: bool = False
    """Whether the step is waiting for something, and its patience has not ended."""

    @property
    def hosts(self) -> list[str]:
        """Every host that the plan's steps and their guards name, once."""
        steps = self.plan["steps"]
        members = (host for s in steps if s["guard"] for host in s["guard"]["control_plane"])
        return list(dict.fromkeys((*(host for s in steps for host in s["hosts"]), *members)))


def job_record(
    row: Mapping[str, str],
    steps: Sequence[tuple[Mapping[str, str], Mapping[str, str]]],
    *,
    position: int,
    holder: str,
    quorum_now: Mapping[str, Any] | None,
    overtaken_by: str = "",
    is_served: bool = True,
) -> Job:
    """Read a job's hash with those of its steps."""
    plan = json.loads(row["plan"])
    return Job(
        id=row["id"],
        cluster=row["cluster"],
        kind=row["kind"],
        params=json.loads(row["params"]),
        status=JobStatus(row["status"]),
        epoch=int(row["epoch"]),
        seq=int(row["seq"]),
        position=position,
        waits_for=holder if position and holder else None,
        created=int(row["created"]) / 1000,
        started=seconds_of(row, "started"),
        finished=seconds_of(row, "finished"),
        trace_id=row.get("trace_id", ""),
        reason=row["reason"],
        on_failure=row["on_failure"],
        accept=frozenset(json.loads(row.get("accept", "[]"))),
        plan=plan,
        steps=tuple(
            step_record(index, step, hosts, plan["steps"][index])
            for index, (step, hosts) in enumerate(steps)
        ),
        quorum_now=quorum_now,
        seconds=seconds_of(row, "worked"),
        running_since=seconds_of(row, "running_since"),
        founds=row.get("founds", ""),
        is_pinned=row.get("pinned") == "1",
        is_undone=row["direction"] == "undo",
        overtaken_by=overtaken_by if JobStatus(row["status"]) in FINISHED else "",
        unserved_site="" if is_served else row.get("site", ""),
        requested_by=row.get("requested_by", ""),
        requester_name=row.get("requester_name", ""),
        via=row.get("via", ""),
        stopped=json.loads(row["error"]) if row.get("error") else None,
        failed_with=json.loads(row["cause"]) if row.get("cause") else None,
        failed_at=int(row.get("cause_at") or 0),
        without=frozenset(json.loads(row.get("without") or "[]")),
        approve_within=int(row.get("approval") or 0) // HOUR_MS,
        expires=seconds_of(row, "expires"),
        approved=seconds_of(row, "approved"),
        approved_by=row.get("approved_by", ""),
        approved_alone=row.get("approved_alone") == "1",
        approval_why=row.get("approval_why", ""),
        askers=frozenset(filter(None, map(row.get, ASKERS))),
        reference=Reference.from_dict(json.loads(told)) if (told := row.get("reference")) else None,
        **_holding(row),
        ends=row.get("ends", ""),
    )


def _holding(row: Mapping[str, str]) -> dict[str, Any]:
    """Return what is told of a wait for a window; fields stay in the record after it."""
    since = seconds_of(row, "held_since")
    if since is None:
        return {}
    opens = row.get("opens") or ""
    return {
        "held_since": since,
        "held_by": row.get("held_by", ""),
        "opens": int(opens) / 1000 if opens.isdigit() else None,
    }


def job_of_view(found: Sequence[Any]) -> Job:
    """Read a job as the script's view of it tells it."""
    row, steps, hosts, seen, position, holder, overtaken_by, served = found
    return job_record(
        pairs(row),
        [(pairs(step), pairs(rows)) for step, rows in zip(steps, hosts, strict=True)],
        position=position,
        holder=holder,
        quorum_now=Observation.from_dict(json.loads(seen)).quorum.as_dict() if seen else None,
        overtaken_by=overtaken_by,
        is_served=bool(served),
    )


def job_of_row(found: Sequence[str]) -> Job:
    """Read a job as the script tells it for a list: without params, and what its hosts said."""
    plan, text = found
    answer = json.loads(text)
    position, holder, overtaken_by, served = answer["around"]
    return job_record(
        answer["row"] | {"plan": plan, "params": "{}"},
        [(step, {}) for step in answer["steps"] or ()],
        position=position,
        holder=holder,
        quorum_now=None,
        overtaken_by=overtaken_by,
        is_served=bool(served),
    )
