"""Sends what is due, one delivery after another, and notes what became of each."""

import contextlib
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from workflows.chat.answers import Way
from workflows.deliveries.receiver_files import ReceiverFiles, ReceiverLost
from workflows.deliveries.schedule import wait_after
from workflows.deliveries.store import Claimed, Deliveries, Outcome
from workflows.evidence.reading import evidence_of
from workflows.job_documents import job_document
from workflows.jobs import Job
from workflows.ledger.ledger import Ledger
from workflows.ledger.refusals import JobNotFound
from workflows.notifiers.notifier import Following, News, Notifier, Post, Target, Told
from workflows.states import FINISHED, JobStatus

AT_MOST_SECONDS = 30.0
"""For which one deliverer goes on: where there is one Celery worker for all, steps want it too."""
LONGEST_ERROR = 300
JOB_PAGE, HOOKS = "/jobs/", "/v1/hooks/"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Deliverer:
    """What it takes to tell receivers."""

    ledger: Ledger
    deliveries: Deliveries
    files: ReceiverFiles
    notifiers: Mapping[str, Notifier]
    post: Post
    public_url: str = ""
    draw: Callable[[str], str] = lambda cluster: ""
    """Draws a cluster by its name; empty where there is none."""
    secrets_of: Callable[[str], Sequence[bytes]] = lambda source: ()
    """Return what a sender of events signs with; for buttons, which come back by it."""
    following_of: Callable[[str], Following | None] = lambda job: None
    """Return who follows a job from a chat."""
    spread: Callable[[], float] = random.random
    attempting: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext
    """Notes for how long an attempt lasts, where somebody looks for what hangs."""
    is_ending: Callable[[], bool] = lambda: False
    """Says whether this process is asked to end: then nothing more is begun."""

    def run(self, ticket: str) -> int:
        """Send what is due until nothing is, or the time is over; return how many attempts."""
        end, made = time.monotonic() + AT_MOST_SECONDS, 0
        merging = [name for name, kind in self.notifiers.items() if kind.merges]
        while self._goes_on(end) and (claimed := self.deliveries.next(ticket, merging)):
            with self.attempting():
                self.attempt(claimed)
            made += 1
        self.deliveries.deliverer_left(ticket)
        return made

    def _goes_on(self, end: float) -> bool:
        return time.monotonic() < end and not self.is_ending()

    def attempt(self, claimed: Claimed) -> None:
        """Make one attempt at a delivery; whatever goes wrong, the others are not kept waiting."""
        delivery = claimed.delivery
        told = self._tell(claimed)
        outcome = outcome_of(told, delivery.attempts, self.spread())
        held = self.deliveries.attempted(claimed, outcome)
        about = {"delivery": delivery.id, "job": delivery.job, "attempt": str(delivery.attempts)}
        if outcome.word != "done":
            logger.warning("cannot deliver %s: %s", delivery.type, outcome.error, extra=about)
        elif not held:
            logger.info("delivered what somebody else delivers as well", extra=about)

    def _tell(self, claimed: Claimed) -> Told:
        subscription, delivery = claimed.subscription, claimed.delivery
        notifier = self.notifiers.get(subscription.notifier)
        if notifier is None:
            because = f"cannot tell by {subscription.notifier}: there is no such kind of receiver"
            return Told(is_done=False, because=because)
        try:
            receiver = self.files.read(subscription.name)
            job = self._job(delivery.job)
            shows = notifier.shows_evidence and job is not None and job.status in FINISHED
            news = News(
                id=delivery.id,
                type=delivery.type,
                at=delivery.at,
                sequence=delivery.seq,
                # What was forgotten since has happened all the same.
                job=job_document(job) if job else {"id": delivery.job},
                page=page_of(self.public_url, delivery.job),
                drawing=self._drawing(job) if job and notifier.draws else "",
                evidence=evidence_of(self.ledger, job) if job and shows else None,
                following=self.following_of(delivery.job) if notifier.follows else None,
            )
            target = Target(
                *(subscription.name, receiver.url, receiver.good(time.time())),
                settings=subscription.settings,
                way=self._way(subscription.settings.get("source", "")),
            )
            return notifier.tell(target, news, claimed.kept, self.post)
        except ReceiverLost as error:
            return Told(is_done=False, because=str(error))
        except Exception as error:  # a notifier's own mistake
            # Neither its text nor its trace: both may hold the address.
            name = type(error).__name__
            return Told(is_done=False, because=f"cannot tell by {subscription.notifier}: {name}")

    def _job(self, job_id: str) -> Job | None:
        with contextlib.suppress(JobNotFound):
            return self.ledger.job(job_id)
        return None

    def _drawing(self, job: Job) -> str:
        return self.draw(job.cluster) if job.status is JobStatus.SUCCEEDED else ""

    def _way(self, source: str) -> Way | None:
        if not source:
            return None
        newest = next(iter(self.secrets_of(source)), b"")
        return Way(f"{self.public_url}{HOOKS}{source}" if self.public_url else "", newest)


def outcome_of(told: Told, attempts: int, spread: float) -> Outcome:
    """Return what follows from an attempt; ``attempts`` counts it. Pure."""
    error = told.because[:LONGEST_ERROR]
    quiet = None if told.retry_after is None else wait_after(0, 0.0, told.retry_after)
    if told.is_done:
        return Outcome("done", quiet=quiet, keep=told.keep)
    if told.is_gone:
        return Outcome("gone", error)
    wait = None if told.is_final else wait_after(attempts, spread, told.retry_after)
    if wait is None:
        return Outcome("dead", error, keep=told.keep)
    return Outcome("retry", error, after=wait, quiet=quiet, keep=told.keep)


def page_of(public_url: str, job_id: str) -> str:
    """Return where people look at a job; empty where nobody has said by which address."""
    return f"{public_url}{JOB_PAGE}{job_id}" if public_url else ""
