"""Carrying out what was asked for in a chat, by the same ways as the API."""

from dataclasses import replace

from api.backend import backend
from api.chat import telling
from api.chat.asker import Asker
from api.http.problems import Problem
from api.job_asks import NEEDED, ask_of_job
from api.job_ids import whole_id
from workflows.access import Permission
from workflows.approvals import is_alone
from workflows.chat.answers import SHORT_ID, Button, Said, time_of
from workflows.chat.commands import ChangeOf, Command, Help, Jobs, OfJob, Quorum, Status, WhoAmI
from workflows.chat.grammar import printed
from workflows.chat.help_text import help_text
from workflows.chat.plan_text import plan_text, short_digest
from workflows.jobs import Job
from workflows.kinds import permission_for
from workflows.past_durations import with_durations
from workflows.plan import Change
from workflows.references import reference_to
from workflows.submit import plan_change, submit


def carry_out(asker: Asker, command: Command) -> Said:
    """Return the answer to a command. Raises what refuses it."""
    permit_command(asker, command)
    match command:
        case Help():
            return Said("what can be asked here:", drawing=help_text(command.topic))
        case WhoAmI():
            return telling.whoami(asker)
        case Status():
            return telling.status(asker, command.cluster)
        case Quorum():
            return telling.quorum(command)
        case Jobs():
            return telling.jobs(asker, command.cluster)
        case ChangeOf():
            return _planned(asker, command) if command.is_plan else _asked_for(asker, command)
        case OfJob():
            return _of_job(asker, command)


def permit_command(asker: Asker, command: Command) -> None:
    """Raise what keeps somebody from a command; nothing has happened then."""
    match command:
        case Status() | Jobs() | Quorum():
            if command.cluster:
                asker.permit(Permission.READ, command.cluster)
        case ChangeOf():
            need = _needed(command)
            asker.permit(need, command.cluster, command.kind)
        case OfJob():
            job = job_of(command)
            need = NEEDED.get(command.verb, Permission.READ)
            asker.permit_job(need, job, asks=command.verb in NEEDED)
            if command.verb == "approve":
                _other_eyes(asker, job)


def _needed(command: ChangeOf) -> Permission:
    return Permission.PLAN if command.is_plan else permission_for(command.kind, command.params)


def change_of(asker: Asker, command: ChangeOf) -> Change:
    """Return the change that a command asks for; the source says whether it has to be approved."""
    return Change(
        command.cluster,
        command.kind,
        command.params,
        accept=frozenset(command.accept),
        reason=command.reason,
        approve_within=asker.sender.approve_within,
    )


def job_of(command: OfJob) -> Job:
    """Return the job that a command names. Raises ``JobNotFound`` or ``Problem``."""
    return backend().ledger.job(whole_id(command.job))


def _planned(asker: Asker, command: ChangeOf) -> Said:
    change = change_of(asker, command)
    plan = plan_change(backend().ledger, backend().inventory, change)
    refusals = plan.refusals(change.accept)
    real = replace(command, is_plan=False)
    way = f"to have it done, type {printed(real)}"
    if refusals:
        way = "it would be refused as it is"
        if all(finding.acceptable for finding in refusals):
            codes = {*command.accept, *(finding.code for finding in refusals)}
            accepting = replace(real, accept=tuple(sorted(codes)))
            way += f"; if what refuses it may stand, type {printed(accepting)}"
    told = plan_text(
        with_durations(backend().redis, plan.as_dict()), [finding.message for finding in refusals]
    )
    return Said(f"nothing has happened; {way}", drawing=told)


def _asked_for(asker: Asker, command: ChangeOf) -> Said:
    found = submit(
        *(backend().ledger, backend().inventory, change_of(asker, command)),
        by=asker.by,
        keys=[asker.key] if asker.key else (),
        trace_id=asker.trace_id,
        reference=reference_to(asker.sender.name, asker.channel),
    )
    is_other = not found.created and not found.is_repeated
    lead = "it is being carried out already" if is_other else ""
    return replace(telling.job_said(asker, found.job, lead=lead, for_all=True), job=found.job.id)


def _of_job(asker: Asker, command: OfJob) -> Said:
    job = job_of(command)
    if command.verb == "watch":
        return telling.watch(asker, job)
    if command.verb == "why":
        return telling.why(asker, job)
    return _ask(asker, command, job)


def pressed(asker: Asker, button: Button) -> Said:
    """Return the answer to a button, where the job is still as it was. Raises what refuses it."""
    command = OfJob(button.verb, button.job, button.digest)
    permit_command(asker, command)
    job = job_of(command)
    if time_of(job.status, job.epoch) != button.epoch or button.verb not in job.can:
        lead = f"cannot {button.verb} job {job.id[:SHORT_ID]} by this button: the job has moved on"
        return telling.job_said(asker, job, lead=f"{lead}; look at it as it is now")
    return _ask(asker, command, job)


def _ask(asker: Asker, command: OfJob, job: Job) -> Said:
    verb, digest = command.verb, command.digest
    now = short_digest(job.plan)
    whole = str(job.plan["digest"]).removeprefix("sha256:")
    if digest and not whole.startswith(digest):
        raise Problem(
            "plan-outdated",
            f"cannot {verb} job {job.id[:SHORT_ID]}: its plan is {now} by now, and not {digest}; "
            f"type watch {job.id[:SHORT_ID]} to look at it",
        )
    # Of an approval only: the plan that is agreed to is the one that was read just now.
    told = {"digest": str(job.plan["digest"])} if verb == "approve" else {}
    after = ask_of_job(asker.by, verb, job, accept=command.accept, reason=command.reason, **told)
    lead = f"{asker.by.name} asked to {verb} it"
    return replace(telling.job_said(asker, after, lead=lead, for_all=True), job=job.id)


def _other_eyes(asker: Asker, job: Job) -> None:
    """Raise ``Problem`` where somebody would approve what they have asked for themselves.

    The ledger refuses it too; here it is known who of the chat may do it.
    """
    is_own = job.is_asked_by(asker.by)
    if is_own and not is_alone(backend().ledger, backend().inventory, job, asker.by):
        raise Problem(
            "forbidden",
            f"cannot approve job {job.id[:SHORT_ID]}: you have asked for it, and somebody else has "
            f"to agree; {asker.approvers(job)}",
        )
