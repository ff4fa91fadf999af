"""The form of a change: what it asks for, and the change that was typed into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError
from werkzeug.datastructures import MultiDict

from api.changes import change_of
from api.description.schemas import ChangeRequestSchema
from api.hosts import checked_name
from api.http.pointers import pointers
from api.http.problems import Problem
from api.page.form_errors import by_field
from api.page.host_roles import ORDER, ROLE, Candidate, candidates, order_faults, with_lists
from api.page.schema_form import Choices, FormField, Input, fields_of, filled, meaning_of, values_of
from api.page.words import natural
from cluster.meanings import Meaning
from cluster.names import DNS_LABEL
from cluster.spec import Cluster, Host
from workflows.kinds import KINDS
from workflows.plan import Change, Kind, Needs

NOT_CARRIED = frozenset({"csrf_token", "plan_digest", "key", "edit", "check", "begun"})
"""What a form says that is not part of the change."""
MOST_CLUSTERS = 50
"""Names of clusters that are offered; any other can be typed."""
Errors = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class ChangeForm:
    """What was typed, and what there is to choose from: hosts of the inventory, and the cluster."""

    typed: MultiDict[str, str]
    hosts: tuple[Host, ...] = ()
    there: Cluster | None = None
    """The cluster that is named, if there is one."""
    known_clusters: Sequence[str] = ()
    is_part: bool = False
    """Whether there are more hosts than can be chosen at once, so that only some are ``hosts``."""
    left_out: int = 0
    """Free hosts that are not among ``hosts``, though their names begin as was typed."""
    finds_nothing: bool = False
    """Whether no free host's name begins as was typed."""

    @property
    def kind(self) -> Kind:
        """The kind that was chosen; to begin with, one that makes a cluster."""
        # Its example starts from nothing: another takes a cluster over that is there.
        new = (kind for kind in KINDS.values() if kind.needs is Needs.NEW)
        first = next(kind for kind in new if not kind.given)
        return KINDS.get(self.typed.get("kind", ""), first)

    @property
    def cluster(self) -> str:
        return self.typed.get("cluster", "").strip()

    @property
    def accept(self) -> list[str]:
        """The codes of the findings to accept, in the order in which they were named."""
        return list(dict.fromkeys(" ".join(self.typed.getlist("accept")).split()))

    def fields(self, errors: Errors) -> tuple[FormField, ...]:
        """Return the fields of the kind's params, filled in."""
        typed = self._read() if "kind" in self.typed else MultiDict()
        return filled(self._params(), typed, errors, is_sent="csrf_token" in self.typed)

    def candidates(self) -> list[Candidate]:
        """Return all hosts; the free ones and those reserved for the cluster can be chosen."""
        return candidates(self.hosts, self._is_free, self._read(), self._lists())

    @property
    def clusters(self) -> list[str]:
        """Return the names of clusters to choose from, for a kind that changes one."""
        if self.kind.cluster_field.meaning is not Meaning.CLUSTER:
            return []
        return sorted(self.known_clusters, key=natural)[:MOST_CLUSTERS]

    @property
    def asks_for_hosts(self) -> bool:
        """Whether hosts are to be chosen, or their names help with another field."""
        return bool(self._host_fields())

    @property
    def chosen(self) -> set[str]:
        """The names of hosts that were chosen already."""
        typed = self._read()
        names = {name for field in self._host_fields() for name in typed.getlist(field)}
        return {name for name in names if DNS_LABEL.fullmatch(name)}

    @property
    def begun(self) -> str:
        """How the names of the hosts begin that somebody wants to choose from."""
        return self.typed.get("begun", "").strip()

    def _params(self) -> tuple[FormField, ...]:
        return fields_of(self.kind.schema(), self._choices())

    def _choices(self) -> Choices:
        """Return the names that there are, by what they stand for.

        That of the cluster is not among them: whoever confirms with it types it.
        """
        nodes = self.there.nodes if self.there else {}
        control = self.there.control_plane if self.there else ()
        return {
            Meaning.FREE_HOST: sorted(
                (host.name for host in self.hosts if self._is_free(host)), key=natural
            ),
            Meaning.NODE: sorted(nodes, key=natural),
            Meaning.CONTROL_PLANE: sorted(control, key=natural),
        }

    def _is_free(self, host: Host) -> bool:
        """Whether a host can be chosen; one that is reserved for the cluster can."""
        is_node = self.there is not None and host.name in self.there.nodes
        return host.cluster in ("", self.cluster) and not is_node

    def _lists(self) -> list[str]:
        """Return the names of the params that are lists of hosts."""
        return [field.name for field in fields_of(self.kind.schema()) if field.input is Input.HOSTS]

    def _host_fields(self) -> list[str]:
        """Return the names of the params that name free hosts, one or several."""
        known = self.kind.schema().fields.items()
        return [name for name, found in known if meaning_of(found) is Meaning.FREE_HOST]

    def _read(self) -> MultiDict[str, str]:
        return with_lists(self.typed, self._lists())

    def carried(self) -> list[tuple[str, str]]:
        """Return everything that the plan's own form has to say again."""
        return [
            (name, value)
            for name, value in self.typed.items(multi=True)
            if name not in NOT_CARRIED and name != "accept"
            if value or not name.startswith(ROLE)
        ]

    def change(self) -> tuple[Change | None, Errors]:
        """Return the change, or what is wrong with which field."""
        typed = self._read()
        params, errors = values_of(self._params(), typed)
        if faults := order_faults(typed, self._lists()):
            errors[ORDER] = faults
        body: dict[str, Any] = {
            "kind": self.typed.get("kind", ""),
            "params": params,
            "accept": self.accept,
            "on_failure": self.typed.get("on_failure", "stop"),
            "reason": self.typed.get("reason", "").replace("\r\n", "\n").strip(),
            "approve_within": _hours(self.typed.get("approve_within", "")),
        }
        found: list[Mapping[str, str]] = []
        checked: Mapping[str, Any] = {}
        try:
            checked_name(self.cluster, "cluster")
        except Problem as problem:
            found += problem.extra["errors"]
        try:
            checked = ChangeRequestSchema().load(body)
        except ValidationError as error:
            found += pointers(error.messages, ChangeRequestSchema())
        except Problem as problem:
            found += problem.extra["errors"]
        wrong = by_field(found) | errors
        return (None, wrong) if wrong else (change_of(self.cluster, dict(checked)), {})


def _hours(text: str) -> int | str:
    """Return a number as it was typed; what is none is left for the schema to refuse."""
    text = text.strip() or "0"
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text
