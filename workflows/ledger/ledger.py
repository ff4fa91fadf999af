"""The ledger: jobs, steps, per-host results and events in Redis, written by one Lua script."""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from redis.exceptions import ResponseError

from cluster.observation import Observation
from workflows.access import NOBODY, Principal, RequestKey
from workflows.durations import size_of
from workflows.jobs import Job
from workflows.ledger.claims import Claim, DueByTime, Lease, Tail, Wait, of, work_of
from workflows.ledger.ended import LOST, killed_twice, rejected
from workflows.ledger.kept import LARGEST_CHANGE_BYTES, as_json, bounded, shortened
from workflows.ledger.reads import LedgerReads
from workflows.ledger.refusals import (
    ChangeTooLarge,
    ClusterMoved,
    HostChanged,
    HostTaken,
    KeyOfAnother,
    host_reserved,
    host_taken,
    refusal,
)
from workflows.ledger.tallies import error_kind
from workflows.plan import Reservation
from workflows.schedules.differences import differences
from workflows.states import FINISHED, IllegalTransition, JobEvent, JobStatus, StepEvent

LEASE_SECONDS = 6.0
"""How long a claimed step is held without a heartbeat."""
GRACE_SECONDS = 2.0
"""How long a published step may take to be claimed before it is published again."""
PATIENCE_SECONDS = 60.0
"""The same while its site's queue is not empty."""
SET_ASIDE = "cw:set-aside"
"""Ids in ``cw:due`` that nothing can be done for, with the reason; the runbook says what to do."""
logger = logging.getLogger(__name__)


class Ledger(LedgerReads):
    """Asks the script for every transition; reads jobs and events."""

    def _ask(self, op: str, **args: Any) -> Any:
        request = {"op": op, "grace": GRACE_SECONDS * 1000, "lease": LEASE_SECONDS * 1000} | args
        try:
            return self.functions.ask(as_json(request))
        except ResponseError as error:
            _, found, reason = str(error).partition("ILLEGAL ")
            if not found:
                raise
            raise IllegalTransition(reason.split(" script:")[0].split(", ")[0]) from None

    def _ask_reads(self, op: str, **args: Any) -> Any:
        return self.functions.read(as_json({"op": op} | args))

    # Submitting

    def known(
        self, cluster: str, digest: str, keys: Iterable[RequestKey] = ()
    ) -> tuple[str, str] | None:
        """Return what a request has led to before, or an unfinished job for the same change.

        That is ``made`` or ``joined``, as ``keyed`` tells them apart, or ``same``, and the job; a
        request of these names is known to have led to it from then on. Raises ``KeyOfAnother``.
        """
        names = [key.as_dict() for key in keys]
        answer, job = self._ask("known", cluster=cluster, digest=digest, keys=names)
        if answer == "other":
            raise KeyOfAnother(job)
        return (answer, job) if answer else None

    def create(self, record: Mapping[str, Any]) -> tuple[str, bool]:
        """Store a job, reserve its hosts, and start it or queue it, all in one script.

        Returns the id and whether it is new: an identical unfinished change keeps its job.
        Raises ``ClusterMoved`` when the plan does not rest on the cluster's record as it is, or on
        the jobs that come before, ``HostTaken`` when a host is unknown or another's,
        ``HostChanged`` when one is not reached as it says under ``reached``, and
        ``ChangeTooLarge``.
        """
        size = len(as_json(record))
        if size > LARGEST_CHANGE_BYTES:
            raise ChangeTooLarge(size, LARGEST_CHANGE_BYTES)
        answer, value = self._ask("create", **record)
        if answer == "other":
            raise KeyOfAnother(value)
        if answer in {"made", "joined"}:
            return value, False
        if answer == "moved":
            raise ClusterMoved(record["cluster"])
        if answer == "changed":
            raise HostChanged(value)
        if answer == "taken":
            raise self._host_taken(value)
        return value, answer == "created"

    def keyed(self, *keys: RequestKey) -> tuple[str, bool] | None:
        """Return the job that a request of these names has led to, and whether that made it.

        The first name is its own, others those that it shares, such as a rule's within its
        cool-down. Raises ``KeyOfAnother`` where a name stands for another request.
        """
        answer, job = self._ask("keyed", keys=[key.as_dict() for key in keys])
        if answer == "other":
            raise KeyOfAnother(job)
        return (str(job), answer == "made") if answer else None

    # What people ask for

    def cancel(self, job_id: str, by: Principal = NOBODY) -> Job:
        return self._person("cancel", job_id, by)

    def retry(
        self,
        job_id: str,
        accept: Iterable[str] = (),
        by: Principal = NOBODY,
        rest: Mapping[str, Any] | None = None,
    ) -> Job:
        """Have a job go on; ``accept`` are all codes of findings that are accepted from now on.

        None of them: what was accepted stays so. A job that waits looks again at once, with what
        is accepted, and one that was cancelled before anybody had approved it waits for that again.
        ``rest`` is what remains to be done without hosts that are lost (``going_without.py``);
        raises ``ClusterMoved`` where it was planned for the job, or the record, of before.
        """
        codes = sorted(accept)
        arguments = {"accept": as_json(codes)} if codes else {}
        return self._person("retry", job_id, by, **arguments, **(rest or {}))

    def rollback(self, job_id: str, without: Iterable[str] = (), by: Principal = NOBODY) -> Job:
        """Have a job undo what it did; ``without`` are all hosts that are given up as lost."""
        lost = sorted(without)
        return self._person("rollback", job_id, by, **({"without": as_json(lost)} if lost else {}))

    def approve(
        self,
        job_id: str,
        digest: str | None = None,
        by: Principal = NOBODY,
        *,
        alone: bool = False,
    ) -> Job:
        """Agree to a job's very plan, which is then carried out, or nothing is.

        Raises ``FourEyes`` for who has asked for it, unless they are ``alone`` in that they may
        approve (``approvals.py``), ``NotAsApproved`` where the plan has another digest,
        ``IllegalTransition`` where the time for it is over, which ends the job, and else as
        ``retry`` does.
        """
        more: dict[str, Any] = {"digest": digest} if digest else {}
        return self._person("approve", job_id, by, alone=alone, **more)

    def reject(self, job_id: str, reason: str = "", by: Principal = NOBODY) -> Job:
        error = as_json(shortened(rejected(by.id, reason)))
        return self._person("reject", job_id, by, reason=reason, error=error)

    def _person(self, op: str, job_id: str, by: Principal, **more: Any) -> Job:
        self.job(job_id)
        who = {
            "by": by.id,
            "via": str(by.via or ""),
            "people": sorted(by.people),
            "person": by.person,
        }
        answer = self._ask(op, job=job_id, **who, **more)
        if answer.startswith("taken "):
            raise self._host_taken(answer.removeprefix("taken "))
        if answer == "expired":
            raise IllegalTransition(f"cannot {op} a job that is {answer}")
        job = self.job(job_id)
        if answer == "moved":
            raise ClusterMoved(job.cluster)
        if answer != "ok":
            raise refusal(op, job, answer, by)
        return job

    def _host_taken(self, answer: str) -> HostTaken:
        host, owner, by = [*answer.split(" "), "", ""][:3]
        by = by or str(self.redis.hget(f"cw:host:{host}", "reserved_by") or "")
        if by:
            return host_reserved(host, owner, self.reservation(by))
        return host_taken(host, owner, str(self.redis.get(f"cw:holder:{owner}") or ""))

    # Planning anew

    def revision(self, cluster: str) -> int:
        """Return how often the record of a cluster of this name was written."""
        found: Any = self.redis.hget(f"cw:revision:{cluster}", "n")
        return int(found or 0)

    def last_writer(self, cluster: str) -> str:
        """Return the job that was the last to write the record of a cluster of this name."""
        found: Any = self.redis.hget(f"cw:revision:{cluster}", "by")
        return found or ""

    def ahead(self, cluster: str) -> list[str]:
        """Return the unfinished jobs that come before the next one, in their order."""
        return list(self._ask("ahead", cluster=cluster))

    def reservation(self, job_id: str) -> Reservation:
        """Return what a job's claim to hosts is worth; one that is not known never goes on."""
        status, is_overtaken = self._ask("standing", job=job_id)
        is_over = not status or (status in FINISHED and bool(is_overtaken))
        return Reservation(job_id, status or JobStatus.OUTDATED, is_over)

    def replan(self, job_id: str, epoch: int, record: Mapping[str, Any]) -> str:
        """Put a plan that was made anew in place of the job's, if the job still waits for one.

        Answers ``ok`` (the steps are the same), ``replanned``, or ``stale``: somebody else has
        done so, or the cluster changed meanwhile. Raises ``HostTaken``.
        """
        answer = self._ask("replan", job=job_id, epoch=epoch, **record)
        if answer.startswith("taken "):
            raise self._host_taken(answer.removeprefix("taken "))
        return "stale" if answer.startswith("changed ") else str(answer)

    def unplanned(
        self,
        job_id: str,
        epoch: int,
        read: Mapping[str, int],
        event: JobEvent,
        error: Mapping[str, Any],
    ) -> bool:
        """End a job whose plan, made anew, is none that it may carry out; false if it moved on.

        ``read`` is what the plan was made of: ``basis``, the record's revision, and ``seq``, the
        number of the job's latest event.
        """
        end = {"error": as_json(shortened(error)), "event": str(event)}
        return bool(self._ask("unplanned", job=job_id, epoch=epoch, **read, **end) == "ok")

    # What a Celery worker asks for

    def claim(self, lease: Lease, *, epoch: int, owner: str) -> Claim:
        answer, tries, *work_fields = self._ask(
            "claim", **of(lease), epoch=epoch, owner=owner, lost_error=as_json(LOST)
        )
        return Claim(answer, tries, work_of(lease.index, *work_fields) if work_fields else None)

    def beat(self, lease: Lease) -> str:
        """Renew the lease; answer ``ok``, ``cancel`` or ``lost``."""
        return str(self._ask("beat", **of(lease)))

    def uninterruptible(self, lease: Lease, limit: float) -> bool:
        """Record that a cancel has to wait for the step, which takes ``limit`` seconds at most."""
        return bool(self._ask("uninterruptible", **of(lease), limit=limit * 1000) == "ok")

    def killed(self, lease: Lease, why: str) -> bool:
        """Record that the process which carried a step out was killed: another need not wait.

        A step that has it killed twice fails, since it would do so to the next as well.
        """
        error = as_json(killed_twice(why))
        return bool(self._ask("killed", **of(lease), why=why, error=error) == "ok")

    def given_back(self, lease: Lease, owner: str) -> bool:
        """Record that a Celery worker, which ends politely, lets a step go in its middle."""
        return bool(self._ask("given_back", **of(lease), owner=owner) == "ok")

    def note(self, lease: Lease, before: Mapping[str, Any]) -> bool:
        """Keep how things were before a step's first change; false when the lease is lost."""
        return bool(self._ask("note", **of(lease), before=bounded(before)) == "ok")

    def host(self, lease: Lease, host: str, row: Mapping[str, Any]) -> bool:
        """Record one host's result; false when the lease is lost."""
        row_text = bounded({"host": host, **row})
        return bool(
            self._ask("host", **of(lease), host=host, status=row["status"], row=row_text) == "ok"
        )

    def observe(self, lease: Lease, observation: Mapping[str, Any]) -> bool:
        """Keep how a cluster was seen; false when the lease is lost.

        Where a ``verify`` sees it otherwise than it was seen before, an event tells what differs.
        """
        seen = Observation.from_dict(observation)
        arguments = {"observation": bounded(observation), "summary": as_json(seen.quorum.as_dict())}
        before = self._seen_before(lease)
        if before and (changed := differences(before, seen)):
            arguments["changed"] = bounded({"changed": changed})
        return bool(self._ask("observe", **of(lease), **arguments) != "lost")

    def _seen_before(self, lease: Lease) -> Observation | None:
        """Return how the cluster of a step's job was seen last, if it was and can be read."""
        cluster: Any = self.redis.hget(f"cw:job:{lease.job}", "cluster")
        text: Any = self.redis.hget(f"cw:cluster:{cluster}", "observation")
        try:
            return Observation.from_dict(json.loads(text)) if text else None
        except (KeyError, ValueError):  # of another version
            return None

    def done(
        self,
        lease: Lease,
        output: Mapping[str, Any],
        writes: Sequence[Mapping[str, Any]] = (),
        passed: StepEvent | None = None,
        *,
        hosts: int = 0,
    ) -> bool:
        """Record that a step, or its undo, is done; ``writes`` become true of the record.

        ``passed`` says that nothing was undone, and why. ``hosts`` is how many it had, so that how
        long it took is known to later plans; 0 where that is not to be noted. A ``backup`` in the
        output is one that was read to its end: when it was taken becomes known of the cluster.
        """
        findings = output.get("findings") or ()
        warnings = sum(row.get("severity") == "warn" for row in findings)
        arguments = {"output": bounded(output), "warnings": warnings, "writes": list(writes)}
        arguments |= {"passed": str(passed)} if passed else {}
        arguments |= {"size": size_of(hosts)} if hosts else {}
        if proved := output.get("backup"):
            arguments["backed_up_at"] = proved["at"] * 1000
        return bool(self._ask("done", **of(lease), **arguments) == "ok")

    def failed(self, lease: Lease, error: Mapping[str, Any], delay: float | None) -> bool:
        """Record a failure; ``delay`` is in seconds, ``None`` when there is no further attempt."""
        wait = -1 if delay is None else delay * 1000
        arguments = {
            "error": as_json(shortened(error)),
            "error_kind": error_kind(error),
            "delay": wait,
        }
        return bool(self._ask("failed", **of(lease), **arguments) == "ok")

    def deferred(
        self, lease: Lease, wait: Wait, patience: float, delay: float | None = None
    ) -> str:
        """Record that a step looks again later, or when a person says that it may.

        Answers ``ok``, ``lost``, or ``over`` when it has waited for ``patience`` seconds in which
        no host was done: then the attempt has failed, and the next begins in ``delay`` seconds.
        """
        after = -1 if wait.after is None else wait.after * 1000
        error = as_json(shortened(wait.in_vain(patience, delay)))
        arguments = {"after": after, "patience": patience * 1000, "said": as_json(wait.as_dict())}
        arguments["delay"] = -1 if delay is None else delay * 1000
        return str(self._ask("deferred", **of(lease), error=error, **arguments))

    def interrupted(self, lease: Lease) -> bool:
        return bool(self._ask("interrupted", **of(lease)) == "ok")

    # What happens to hosts outside of steps

    def host_changed(self, pipe: Any, cluster: str, host_change: Mapping[str, Any]) -> None:
        """Record, within the transaction of ``pipe``, that somebody changed a host.

        It stands in the common stream, and in that of the job that rests on the host's cluster.
        """
        request = {"op": "host_changed", "cluster": cluster, "row": bounded(host_change)}
        self.functions.be_loaded()
        self.functions.queue(pipe, as_json(request))

    # Publishing

    def due(self, queues: str = "") -> list[str]:
        """Return the jobs whose tail has to be published now; each is answered to one caller.

        ``queues`` is what the key of a site's queue begins with; without it no queue is looked at.
        An id whose record is missing or makes no sense is set aside, and keeps nobody waiting.
        """
        found, aside = self._ask("due", queues=queues, patience=PATIENCE_SECONDS * 1000)
        for name, reason in aside:
            logger.error(
                "cannot carry on with job %s: %s; it is set aside, see docs/runbook.md",
                name,
                reason,
            )
        return list(found)

    def due_by_time(self) -> DueByTime:
        """Return what has to be done at this time, by Redis' clock, besides publishing jobs."""
        now, *found = self._ask_reads("due_by_time")
        return DueByTime(int(now) / 1000, *map(tuple, found))

    def reopen(self, job_id: str, opening: Mapping[str, Any]) -> str:
        """Tell when a job may begin that waits; answers ``open``, ``held`` or ``stale``.

        ``opening`` is what ``workflows.windows.openings.opening_record`` makes of the calendar.
        """
        return str(self._ask("reopen", job=job_id, **opening))

    def set_aside(self) -> int:
        """Return how many ids are set aside."""
        found: Any = self.redis.hlen(SET_ASIDE)
        return int(found)

    def tail(self, job_id: str) -> Tail:
        epoch, site, status, indexes, trace = self._ask("tail", job=job_id)
        return Tail(job_id, int(epoch or 0), site, status, tuple(indexes), trace)

    def prune(self, keep: int, age_ms: int, most: int = 100) -> tuple[int, bool]:
        """Forget jobs that need not be kept, among the next ``most`` of all, oldest first.

        ``keep`` are a cluster's newest jobs that stay, unless they finished ``age_ms`` ago.
        Returns how many were forgotten, and whether the look at all jobs goes on.
        """
        gone, more = self._ask("prune", keep=keep, age=age_ms, most=most)
        return int(gone), bool(more)
