"""A cluster as the page shows it: its picture, how healthy it is in words, and what a loss does."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.backend import backend
from api.clusters import cluster_body
from api.topology import NodePicture, Picture, picture_of
from cluster.drawing.ageing import aged
from cluster.drawing.quorum_words import Health, health_of, quorum_sentence
from cluster.observation import Observation
from cluster.quorum import Operation, count, explain, underway
from cluster.spec import Cluster, Host, Phase
from workflows.inventory import members_of
from workflows.jobs import Job
from workflows.states import JobStatus

FAILED = frozenset({JobStatus.FAILED, JobStatus.STUCK})
WORDS = {
    Health.GOOD: "Healthy",
    Health.WARN: "Needs attention",
    Health.BAD: "Quorum lost",
    Health.UNKNOWN: "Not observed yet",
}
WERE = {Health.GOOD: "Was healthy", Health.WARN: "Needed attention"}
"""Of what was seen too long ago to say it of now; a quorum that was lost stays lost until seen."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What becomes of the quorum when one node is lost."""

    node: NodePicture
    health: Health
    sentence: str


@dataclass(frozen=True, slots=True)
class ClusterView:
    """One cluster, ready to be shown."""

    body: Mapping[str, Any]
    picture: Picture
    observation: Observation | None = None
    """How it was last seen."""
    job: Job | None = None
    """The job that is at work on it."""
    failed: Job | None = None
    """The newest job of it, if that failed or its rollback did."""

    @property
    def is_old(self) -> bool:
        """Whether it was seen too long ago to say how it is."""
        return self.picture.is_old

    @property
    def name(self) -> str:
        return str(self.body["name"])

    @property
    def findings(self) -> list[Mapping[str, Any]]:
        """What the last observation found."""
        return [found.as_dict() for found in self.observation.findings] if self.observation else []

    @property
    def health(self) -> Health:
        """The quorum's health; findings make a good one need attention.

        A cluster that is not formed has none: whether its job failed is what there is to know.
        """
        if not self.body["formed"] and self.picture.health is not Health.BAD:
            return Health.BAD if self.failed else Health.UNKNOWN
        return aged(self._seen, is_old=self.is_old)

    @property
    def _seen(self) -> Health:
        """Its health when it was last seen."""
        return self.picture.then

    @property
    def health_in_words(self) -> str:
        if not self.body["formed"] and self.picture.health is not Health.BAD:
            destroying = self.body["phase"] == Phase.DESTROYING
            if self.failed:
                return "Destroying failed" if destroying else "Forming failed"
            if destroying:
                return "Being destroyed" if self.job else "Half destroyed"
            return "Being formed" if self.job else "Not formed"
        return WERE.get(self._seen, WORDS[self._seen]) if self.is_old else WORDS[self._seen]

    @property
    def urgency(self) -> int:
        """The place among all clusters, trouble first."""
        if self.health is Health.BAD or self.failed:
            return 0
        return 1 if self._seen is Health.WARN else 2

    @property
    def sentence(self) -> str:
        """How the quorum stands; the heading says already that it is about the quorum."""
        return _sentence(self.picture.quorum)

    @property
    def explanation(self) -> str:
        """What so many control plane nodes give, and why."""
        return explain(len(self.body["control_plane"]))

    @property
    def versions(self) -> dict[str, str]:
        """The version that each node runs, by its name."""
        return self.observation.versions() if self.observation else {}

    def losses(self) -> Iterator[Loss]:
        """Tell of every member of the datastore what its loss would do, each for itself."""
        seen = self.observation
        if not seen:
            return
        members, led = seen.listed, seen.has_leader
        nodes = {node.name: node for node in self.picture.nodes}
        for member in members:
            if member.alive and member.host in nodes:
                without = underway(members, Operation.STOP, member.host)
                left = count(without, has_leader=led).as_dict()
                sentence = _sentence(quorum_sentence(left))
                yield Loss(nodes[member.host], health_of(left), sentence)


def cluster_views(names: Sequence[str], jobs: Iterable[Job]) -> list[ClusterView]:
    """Return what is shown of some clusters, with no more hosts read than are theirs.

    The newest job of each is looked at as well, where it is not among ``jobs``.
    """
    inventory, ledger = backend().inventory, backend().ledger
    clusters = inventory.clusters_named(names)
    hosts = inventory.hosts_known({name for cluster in clusters for name in members_of(cluster)})
    known = list(jobs)
    names_with_job = {job.cluster for job in known}
    known += ledger.newest_of(
        cluster.name for cluster in clusters if cluster.name not in names_with_job
    )
    return [
        cluster_view(cluster, [hosts[n] for n in members_of(cluster) if n in hosts], known)
        for cluster in clusters
    ]


def cluster_view(cluster: Cluster, hosts: Iterable[Host], jobs: Iterable[Job]) -> ClusterView:
    """Return what is shown of a cluster, out of what the API answers of it."""
    body = cluster_body(cluster)
    of_it = [job for job in jobs if job.cluster == cluster.name]
    at_work = (job for job in of_it if not job.is_finished and not job.position)
    failed = (job for job in of_it[:1] if job.status in FAILED)
    return ClusterView(
        body,
        picture_of(body, hosts),
        cluster.observation,
        next(at_work, None),
        next(failed, None),
    )


def _sentence(text: str) -> str:
    sentence = text.removeprefix("quorum: ")
    return sentence[:1].upper() + sentence[1:]
