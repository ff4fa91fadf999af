"""What is told of a backup: whose it is, when and where it was taken, and what is in it; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from marshmallow import fields, validate

NAME_PATTERN = r"[0-9]{8}T[0-9]{6}Z-[0-9a-z]{1,8}"
LEAST_ENTRIES = 20
"""Stored objects below which a datastore cannot be one of Kubernetes: a new one has hundreds."""
END_OF_TIME = 253_402_300_800
"""The year 10000: a moment from which on no calendar of ours can tell one."""
NODES = "minions"
"""The name by which Kubernetes stores its nodes; a cluster always has one."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


def backup_name_field(description: str) -> fields.String:
    """Return the field of a request that may name a backup; empty where it is left out."""
    return fields.String(
        load_default="",
        validate=validate.Regexp(
            rf"(?:{NAME_PATTERN})?\Z",
            error="cannot be the name of a backup: see clusterwright backups list CLUSTER",
        ),
        metadata={"description": description},
    )


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive of a datastore holds, as it was counted."""

    entries: int
    """Stored objects."""
    objects: Mapping[str, int]
    """How many of each sort there are, by the name that Kubernetes stores them under."""

    def fault(self) -> str:
        """Return why this cannot be a cluster, as half a sentence; empty where it can."""
        if self.entries < LEAST_ENTRIES:
            return f"it holds {self.entries} objects, and a cluster has {LEAST_ENTRIES} at least"
        if not self.objects.get(NODES):
            return f"none of its {self.entries} objects is a node, and a cluster has one at least"
        return ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands beside a backup, unsealed: nothing of what is in the objects."""

    name: str
    cluster: str
    at: float
    """When it was taken, as Unix time."""
    host: str
    """The control plane node that told it."""
    job: str
    nodes: tuple[str, ...]
    versions: tuple[str, ...]
    """The versions of Kubernetes that the nodes ran, each once."""
    entries: int
    objects: Mapping[str, int]
    archive_bytes: int
    archive_sha256: str
    """Of the archive as MicroK8s wrote it."""
    sealed_bytes: int
    sealed_sha256: str
    """Of the sealed file, as it is kept."""
    key: str
    """Tells which key sealed it, and nothing of the key."""
    copy: str = ""
    """Where a copy of it is, as an address; empty where there is none."""

    def as_dict(self) -> dict[str, Any]:
        rows = {"nodes": list(self.nodes), "versions": list(self.versions)}
        return asdict(self) | rows | {"objects": dict(self.objects)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> "Manifest":
        """Read a stored manifest; raises ``KeyError``, ``TypeError`` or ``ValueError``.

        Each of them where it is damaged: one that is returned can be shown, sorted and compared.
        """
        row = {"copy": "", **row}  # earlier versions made no copies
        known = {name: row[name] for name in cls.__dataclass_fields__}
        lists = {"nodes": tuple(row["nodes"]), "versions": tuple(row["versions"])}
        manifest = cls(**known | lists | {"at": float(row["at"])})
        if not manifest._is_sound():
            raise ValueError(f"cannot use manifest {str(manifest.name)[:80]!r}: it is damaged")
        return manifest

    def _is_sound(self) -> bool:
        """Say whether each field is what the rest of the code relies on, whoever wrote it."""
        texts = (self.name, self.cluster, self.host, self.job, self.key, self.copy)
        lists = (*self.nodes, *self.versions, *self.objects)
        numbers = (self.entries, self.archive_bytes, self.sealed_bytes, *self.objects.values())
        digests = (self.archive_sha256, self.sealed_sha256)
        return (
            0 <= self.at < END_OF_TIME
            and all(isinstance(text, str) and text.isprintable() for text in (*texts, *lists))
            and all(isinstance(number, int) and number >= 0 for number in numbers)
            and all(isinstance(text, str) and _DIGEST.fullmatch(text) for text in digests)
        )


SHORT_LIVED = frozenset(
    {"endpointslices", "events", "leases", "masterleases", "pods", "replicasets", "services"}
)
"""Sorts of objects that Kubernetes itself makes and takes away at any moment."""


def missing(was: Mapping[str, int], now: Mapping[str, int]) -> tuple[str, ...]:
    """Return in words which objects of a backup are not there, but for the short-lived ones."""
    return tuple(
        f"{now.get(sort, 0)} of {count} {sort}"
        for sort, count in sorted(was.items())
        if sort not in SHORT_LIVED and now.get(sort, 0) < count
    )


def name_of(at: float, job: str) -> str:
    """Return the name of a backup that a job takes; names sort by the time in them."""
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"{moment}-{job[:8].lower() or '0'}"


def superfluous(
    backups: Sequence[Manifest], keep: int, days: int, job: str = ""
) -> tuple[Manifest, ...]:
    """Return what may go: all but the newest ``keep``, and of those what is older than ``days``.

    The newest is the one that ``job`` has taken, which always stays, and age is counted from it; 0
    days keeps the others however old they are. What is dated after it stays and is not counted: a
    clock that was wrong once would else have every other backup removed.
    """
    newest_first = sorted(backups, key=lambda each: (each.at, each.name), reverse=True)
    own = next((place for place, each in enumerate(newest_first) if each.job == job), 0)
    oldest = newest_first[own].at - days * 86400 if newest_first and days else float("-inf")
    return tuple(
        each
        for place, each in enumerate(newest_first[own:])
        if place and (place >= keep or each.at < oldest)
    )
