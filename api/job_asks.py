"""Asking something of a job: one way in for the API, the page and chats."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from api.backend import backend
from api.http.blueprint import invalid
from api.http.problems import Problem
from cluster.actions import Action, documents
from cluster.catalogue import ACCEPTABLE
from workflows.access import Permission, Principal
from workflows.approvals import approve
from workflows.audit.records import Act
from workflows.audit.unrouted import record_unrouted
from workflows.going_without import retry
from workflows.job_verbs import asked
from workflows.jobs import Job
from workflows.kinds import permission_for
from workflows.permits import permit_job
from workflows.queue import publish
from workflows.states import IllegalTransition
from workflows.windows.calendar import OVERRIDES

NEEDED: Mapping[str, Permission] = {
    "cancel": Permission.CHANGE,
    "retry": Permission.CHANGE,
    "rollback": Permission.CHANGE,
    "approve": Permission.APPROVE,
    "reject": Permission.APPROVE,
}
"""What somebody needs who asks for each."""


def ask_of_job(
    by: Principal,
    verb: str,
    before: Job,
    *,
    accept: Sequence[str] = (),
    without: Sequence[str] = (),
    digest: str | None = None,
    reason: str = "",
) -> Job:
    """Ask something of a job as it was ``before``; return it as it is then.

    A retry may ``accept`` findings that ended it, a retry or a rollback go ``without`` hosts that
    are lost, an approval name the ``digest`` of the plan that it is for, and a rejection its
    ``reason``. Whether ``by`` has what ``NEEDED`` says was asked before. Raises ``Forbidden``,
    ``Problem``, and what the ledger raises.
    """
    ledger, inventory = backend().ledger, backend().inventory
    if verb == "retry":  # which carries out what the change itself needed more for
        permit_job(inventory, by, permission_for(before.kind, before.params), before)
        if OVERRIDES.intersection(accept):  # as the change itself would need it
            permit_job(inventory, by, Permission.ADMIN, before)
    if verb in before.can:  # else that is what there is to tell
        more = ACCEPTABLE if without else () if before.has_begun else OVERRIDES
        _refuse_unacceptable(before, accept, more=more)
        _refuse_strangers(before, without)
    asks: dict[str, Callable[..., Job]] = {
        "cancel": ledger.cancel,
        "retry": partial(retry, ledger, inventory, accept=accept, without=without),
        "rollback": partial(ledger.rollback, without=before.without | frozenset(without)),
        "approve": partial(approve, ledger, inventory, digest=digest),
        "reject": partial(ledger.reject, reason=reason),
    }
    try:
        job = asks[verb](before.id, by=by)
    except IllegalTransition:
        raise _not_possible(verb, ledger.job(before.id)) from None
    publish(ledger, job.id)  # the reconciler would do so too, later
    told = {"accept": list(accept), "without": list(without), "reason": reason}
    record_unrouted(ledger.redis, by, _act(verb, before, job, told))
    return job


def _act(verb: str, before: Job, job: Job, told: Mapping[str, Any]) -> Act:
    return Act(
        f"{verb}-job",
        f"job {job.id}",
        job.cluster,
        before={"status": str(before.status)},
        after={"status": str(job.status)} | dict(told),
        trace_id=job.trace_id,
    )


def _not_possible(verb: str, now: Job) -> Problem:
    can = now.can
    what = f"it can {' or '.join(can)}" if can else "nothing can be asked of it now"
    return Problem(
        "not-possible",
        f"cannot {verb} job {now.id}: it is {now.status}; {what}",
        {
            "job_status": str(now.status),
            "possible": can,
            "actions": documents([Action.SHOW_JOB.of(job=now.id), *asked(now.id, can)]),
        },
    )


def _refuse_unacceptable(job: Job, accept: Sequence[str], more: Collection[str]) -> None:
    """Refuse codes that say nothing of this job: a word that is not heard must not seem heard.

    ``more`` are codes of what planning it anew may find.
    """
    acceptable = {*job.acceptable, *job.accept, *more}
    can = f"of this job {', '.join(sorted(acceptable))} can be" if acceptable else "nothing can be"
    errors = [
        {"pointer": f"/accept/{place}", "detail": f"cannot accept {code}: {can}"}
        for place, code in enumerate(accept)
        if code not in acceptable
    ]
    if errors:
        raise invalid(errors)


def _refuse_strangers(job: Job, without: Sequence[str]) -> None:
    """Refuse to give up hosts that the job has nothing to do with."""
    errors = [
        {
            "pointer": f"/without/{place}",
            "detail": f"cannot give up {host}: the job's hosts are {', '.join(job.hosts)}",
        }
        for place, host in enumerate(without)
        if host not in {*job.hosts, *job.without}
    ]
    if errors:
        raise invalid(errors)
