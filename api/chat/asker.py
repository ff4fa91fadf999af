"""Who asks in a chat, and whether they may."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase

from api.backend import backend
from cluster.spec import Environment
from workflows.access import Forbidden, Permission, Principal, RequestKey, allowed
from workflows.chat.answers import SHORT_ID
from workflows.chat.people import (
    OutOfBounds,
    Person,
    lacking,
    principal_of,
    require_bounds,
)
from workflows.hooks.rules.rule_set import Sender
from workflows.inventory import ClusterNotFound
from workflows.jobs import Job
from workflows.permits import permit, permit_job


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who has written in a chat, and by which request."""

    sender: Sender
    identity: str
    at: float
    """When it came, in seconds since 1970."""
    key: RequestKey | None = None
    """Names the request; ``None`` where it is only tried."""
    trace_id: str = ""

    @property
    def people(self) -> Iterable[Person]:
        """Everybody whom the rule file knows in this chat."""
        return (self.sender.people or {}).values()

    @property
    def person(self) -> Person | None:
        """Who it is, if the rule file knows them."""
        return (self.sender.people or {}).get(self.identity)

    @property
    def by(self) -> Principal:
        """Who asks, as the ledger notes it."""
        return principal_of(self.sender.bounds, self.person)

    @property
    def nonce(self) -> str:
        """A short name of the request, for its buttons."""
        return self.key.place[:8] if self.key else "trial"

    def permit(self, need: Permission, cluster: str, kind: str = "") -> None:
        """Raise ``OutOfBounds`` or ``Forbidden`` for what is not for them, or not for the chat."""
        require_bounds(self.sender.bounds, cluster, kind)
        permit(backend().inventory, self.by, need, cluster)

    def permit_job(self, need: Permission, job: Job, *, asks: bool = True) -> None:
        """Do the same for a job; whoever ``asks`` nothing of it needs no right to its kind."""
        require_bounds(self.sender.bounds, job.cluster, job.kind if asks else "")
        permit_job(backend().inventory, self.by, need, job)

    def sees(self, cluster: str, environment: Environment | None) -> bool:
        """Whether a cluster may be told of."""
        is_of_chat = fnmatchcase(cluster, self.sender.clusters)
        look = Permission.READ
        return is_of_chat and allowed(self.by, look, cluster=cluster, environment=environment)

    def sees_job(self, job: Job) -> bool:
        """Whether a job may be told of."""
        try:
            self.permit_job(Permission.READ, job, asks=False)
        except (Forbidden, OutOfBounds):
            return False
        return True

    def lacks(self, forbidden: Forbidden) -> str:
        """Say which role is missing, and who has it."""
        cluster, environment = forbidden.cluster, None
        if cluster is not None:
            with suppress(ClusterNotFound):
                environment = backend().inventory.cluster(cluster).environment
        where = self.sender.environments
        return lacking(self.by, forbidden.need, cluster, environment, self.people, where)

    def approvers(self, job: Job) -> str:
        """Say who else may approve a job, as the end of a sentence."""
        others = sorted(
            {
                person.name
                for person in self.people
                if person != self.person and self._may_approve(person, job)
            }
        )
        if not others:
            return "nobody else of this chat may, so ask whoever runs Clusterwright"
        return f"{' or '.join(others)} may type approve {job.id[:SHORT_ID]}"

    def _may_approve(self, person: Person, job: Job) -> bool:
        by = principal_of(self.sender.bounds, person)
        try:
            permit_job(backend().inventory, by, Permission.APPROVE, job)
        except Forbidden:
            return False
        return by.id != job.requested_by
