"""What can be told in a chat without asking for anything: clusters, jobs, plans and people."""

import time

from flask import url_for

from api.backend import backend
from api.chat.asker import Asker
from api.clusters import cluster_body, sight
from api.http.problems import Problem
from api.quorum import quorum_body
from cluster.drawing.picture import picture_of
from cluster.drawing.text import text as drawn
from cluster.quorum import VERBS
from clusterwright.estimates import left_in_words
from workflows.chat.answers import Button, Said, buttons_for, time_of
from workflows.chat.commands import Quorum
from workflows.chat.completion import Names
from workflows.chat.job_text import job_line, job_text, why_text
from workflows.chat.plan_text import plan_text
from workflows.chat.quorum_text import quorum_text
from workflows.jobs import Job
from workflows.past_durations import with_durations
from workflows.states import JobStatus

MOST_CLUSTERS, MOST_JOBS, JOBS_READ, MOST_NAMES = 30, 10, 50, 200


HOW = {
    "good": "healthy",
    "warn": "in need of attention",
    "bad": "without quorum",
    "unknown": "not seen lately",
}


def status(asker: Asker, name: str) -> Said:
    """Tell how a cluster is, as it was last seen; no host is asked."""
    if not name:
        return _all(asker)
    inventory = backend().inventory
    cluster = inventory.cluster(name)
    drawing = drawn(picture_of(cluster_body(cluster), inventory.hosts_of(cluster)))
    lines = [f"{name}: {HOW[sight(cluster)['health']]}"]
    newest = backend().ledger.jobs(cluster=name, limit=5)
    for job in newest:
        if not job.is_finished:
            left = _left(job)
            lines += [job_line(job), *([f"by past runs: {left}"] if left else [])]
    page = url_for("page.show_cluster", name=name, _external=True)
    return Said("\n".join(lines), drawing=drawing, link=page)


def _all(asker: Asker) -> Said:
    clusters = [
        cluster
        for cluster in backend().inventory.clusters()
        if asker.sees(cluster.name, cluster.environment)
    ]
    if not clusters:
        return Said("there is no cluster here that you may see")
    lines = [
        f"{one.name} ({one.environment}): {HOW[sight(one)['health']]}, {_count(len(one.nodes))}"
        for one in clusters[:MOST_CLUSTERS]
    ]
    lines += [f"and {len(clusters) - MOST_CLUSTERS} more"] if len(clusters) > MOST_CLUSTERS else []
    return Said("\n".join([*lines, "type status CLUSTER for its nodes"]))


def _count(nodes: int) -> str:
    return f"{nodes} node{'' if nodes == 1 else 's'}"


def quorum(command: Quorum) -> Said:
    """Tell who votes, and what operations that are tried on paper would do to that."""
    cluster = backend().inventory.cluster(command.cluster)
    tried = [(VERBS[verb], host) for verb, host in command.tried]
    try:
        found = sight(cluster) | quorum_body(cluster, tried)
    except Problem as fault:  # an operation on what is no member
        return Said("\n".join(row["detail"] for row in fault.extra["errors"]))
    return Said(quorum_text(found))


def jobs(asker: Asker, cluster: str) -> Said:
    """Tell the newest jobs."""
    found = backend().ledger.jobs(cluster=cluster or None, limit=JOBS_READ, whole=False)
    seen = [job for job in found if asker.sees_job(job)][:MOST_JOBS]
    if not seen:
        if cluster:
            backend().inventory.cluster(cluster)  # there may be none of that name
        return Said("there is no job here that you may see")
    return Said("\n".join([*map(job_line, seen), "type watch JOB, or why JOB, for more of one"]))


def watch(asker: Asker, job: Job) -> Said:
    """Tell how far a job is; of one that waits for approval, its plan."""
    return job_said(asker, job)


def why(asker: Asker, job: Job) -> Said:
    """Tell what ended a job."""
    return Said(why_text(job), link=page_of(job), buttons=_buttons(asker, job))


def job_said(asker: Asker, job: Job, *, lead: str = "", for_all: bool = False) -> Said:
    """Return a job with its buttons; ``lead`` stands before it."""
    text = "\n".join(filter(None, (lead, job_text(job, _left(job)))))
    waits = job.status is JobStatus.AWAITING_APPROVAL
    drawing = plan_text(with_durations(backend().redis, job.plan)) if waits else ""
    buttons = _buttons(asker, job)
    return Said(text, drawing=drawing, link=page_of(job), buttons=buttons, for_all=for_all)


def _left(job: Job) -> str:
    return left_in_words(backend().times_left.of(job), time.time())


def page_of(job: Job) -> str:
    return url_for("page.show_job", job_id=job.id, _external=True)


def whoami(asker: Asker) -> Said:
    """Tell somebody who they are here."""
    person = asker.person
    if person is None:
        return Said(
            f"you are {asker.identity}, whom the rule file does not name: you may ask for status "
            f"and help; whoever runs Clusterwright can name you under people of {asker.sender.name}"
        )
    told = person.as_dict()
    where = ", ".join(sorted(map(str, person.environments & asker.sender.environments)))
    return Said(
        f"you are {person.name} ({asker.identity}), {' and '.join(told['roles'])} of clusters "
        f"{person.clusters} that are for {where or 'nothing'}; this chat is for clusters "
        f"{asker.sender.clusters} and for {', '.join(sorted(asker.sender.kinds))}"
    )


def names_for(asker: Asker) -> Names:
    """Return the names that what somebody types may be completed with."""
    inventory, ledger = backend().inventory, backend().ledger
    clusters = [one.name for one in inventory.clusters() if asker.sees(one.name, one.environment)]
    if asker.person is None:
        return Names(clusters)
    hosts = [host.name for host in inventory.hosts()[:MOST_NAMES]]
    ids = [job.id[:8] for job in ledger.jobs(limit=JOBS_READ, whole=False) if asker.sees_job(job)]
    return Names(clusters, hosts, ids)


def _buttons(asker: Asker, job: Job) -> tuple[Button, ...]:
    can, digest = job.can, str(job.plan["digest"])
    epoch = time_of(job.status, job.epoch)
    return buttons_for(job.id, can, digest, epoch, at=asker.at, nonce=asker.nonce)
