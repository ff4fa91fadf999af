"""What the ledger does not do, and why, for whoever asked."""

from cluster.actions import Action, Advised, AdvisedError
from workflows.access import Principal
from workflows.jobs import Job
from workflows.plan import Reservation
from workflows.reserved_hosts import way_out, ways_out, why_reserved


class JobNotFound(AdvisedError):
    """No job has that id."""


class ChangeTooLarge(Exception):
    """A change comes with more than is kept of one."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(
            f"cannot record the change: with its plan it has {size // 1024} KiB, and "
            f"{most // 1024} KiB at most are kept; name fewer hosts, labels or "
            "taints in one change"
        )


class HostChanged(Exception):
    """A host is reached otherwise than when the change was planned, a moment ago."""


class KeyOfAnother(Exception):
    """A request bears the name of an earlier one, and asks for something else."""

    def __init__(self, job: str) -> None:
        self.job = job
        super().__init__(
            f"cannot use this Idempotency-Key again: it was used for a request with another body, "
            f"which led to job {job}; send a fresh key"
        )


class ClusterMoved(Exception):
    """The cluster's record, or who is at work on it, changed since the change was planned."""


class Overtaken(AdvisedError):
    """Another job has changed the cluster since this one rested; ``job`` is the id of that one.

    To go on, or to go back, would act on a state that the job did not see.
    """

    def __init__(self, message: str, *actions: Advised, job: str = "") -> None:
        super().__init__(message, *actions)
        self.job = job


class NotAsApproved(AdvisedError):
    """Somebody approves a plan that is not the job's."""


class FourEyes(AdvisedError):
    """Somebody approves what they have asked for themselves."""


def refusal(verb: str, job: Job, answer: str, by: Principal) -> AdvisedError:
    """Return what the script's answer to somebody's wish means."""
    word, _, what = answer.partition(" ")
    if word == "final":
        return no_way_back(job, int(what))
    if word == "overtaken":
        return overtaken(verb, job, what)
    if word == "own":
        return four_eyes(job, by)
    return not_as_approved(job, what)


def not_as_approved(job: Job, digest: str) -> NotAsApproved:
    """Say which plan the job has."""
    return NotAsApproved(
        f"cannot approve job {job.id} with the plan {digest}: its plan is {job.plan['digest']}; "
        "look at it, and approve that",
        Action.SHOW_JOB.of(job=job.id),
    )


def four_eyes(job: Job, by: Principal) -> FourEyes:
    """Say why it is their own, also with another token, and who may approve instead."""
    is_same_token = by.id in job.askers
    whose = "you have asked for it" if is_same_token else _same_person(by)
    return FourEyes(
        f"cannot approve job {job.id}: {whose}, and somebody else has to agree; "
        f"ask whoever has the role approver or admin for cluster {job.cluster} to run "
        f"clusterwright jobs approve {job.id[:12]}",
        Action.SHOW_JOB.of(job=job.id),
    )


def _same_person(by: Principal) -> str:
    """Say that a token is another one of who has asked, and what to do if it is not."""
    called = f" ({by.name})" if by.name else ""
    how = f"is of {by.whose}, as is what has asked for it"
    if by.maker and by.whose.casefold() != by.maker.casefold():
        how = f"was made by {by.maker}, who has asked for it"
    return (
        f"{by.id}{called} {how} (if somebody else has this token, make them one of their own: "
        "clusterwright tokens create NAME --role approver --for PERSON)"
    )


class NoWayBack(AdvisedError):
    """A step has begun that cannot be undone."""


def no_way_back(job: Job, index: int) -> NoWayBack:
    """Say which step it is, and what to do instead."""
    title = job.steps[index].title
    return NoWayBack(
        f"cannot rollback job {job.id}: step {index + 1}, {title!r}, has begun and cannot be "
        "undone; mend what keeps the job from going on, and retry",
        Action.RETRY_JOB.of(job=job.id),
    )


class HostTaken(AdvisedError):
    """A host that the change needs is unknown, reserved or belongs to another cluster.

    ``job`` is the id of the one that has reserved it or is at work on that cluster, or empty.
    """

    def __init__(self, message: str, *actions: Advised, job: str = "") -> None:
        super().__init__(message, *actions)
        self.job = job


def job_not_found(job_id: str) -> JobNotFound:
    return JobNotFound(f"cannot find job {job_id[:64]}: no job has that id", Action.LIST_JOBS.of())


def page_lost(job_id: str) -> JobNotFound:
    """Say that a list cannot go on where it was, since the job there was forgotten."""
    return JobNotFound(
        f"cannot list jobs after job {job_id[:64]}: it is not kept any more; begin with the first "
        "page",
        Action.LIST_JOBS.of(),
    )


def overtaken(verb: str, job: Job, by: str) -> Overtaken:
    """Say which job changed the cluster since, and what to do instead."""
    return Overtaken(
        f"cannot {verb} job {job.id}: job {by} has changed cluster {job.cluster} since, and what "
        "this one planned rests on how the cluster was before; look at the cluster, and ask for "
        "what is still missing as a new change",
        Action.SHOW_JOB.of(job=by),
        Action.SHOW_CLUSTER.of(cluster=job.cluster),
        Action.PLAN_CHANGE.of(kind=job.kind, cluster=job.cluster),
        job=by,
    )


def host_reserved(host: str, cluster: str, held: Reservation) -> HostTaken:
    """Say which job has reserved a host, and how it comes free."""
    return HostTaken(
        f"cannot use host {host}: {why_reserved('it', cluster, held)}; {way_out(cluster, held)}",
        *ways_out(cluster, held),
        job=held.job,
    )


def host_taken(host: str, owner: str, job: str) -> HostTaken:
    """Say to which cluster a host belongs, if to one, and which job is at work on that."""
    if not owner:
        return HostTaken(
            f"cannot use host {host}: it is not in the inventory", Action.ADD_HOST.of(host=host)
        )
    at_work = f", on which job {job} is at work" if job else ""
    return HostTaken(
        f"cannot use host {host}: it belongs to cluster {owner}{at_work}; "
        "remove it there first, or name another host",
        *([Action.FOLLOW_JOB.of(job=job)] if job else []),
        Action.SHOW_CLUSTER.of(cluster=owner),
        job=job,
    )
