"""Which groups of an issuer of identities give which roles, and on which clusters; pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, post_load, validate

from cluster.names import Pattern
from cluster.spec import Environment
from workflows.access import Grant
from workflows.roles import EVERYWHERE, Role, spelled_out

LONGEST_GROUP = 200
MOST_ROWS = 500
CLUSTERS = re.compile(r"[a-z0-9*?-]{1,63}", re.ASCII)


class BadGroups(ValueError):
    """A document that says of groups what means nothing; it names the first field at fault."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """What one group gives; a group may have several rows, which add up."""

    group: str
    roles: tuple[Role, ...]
    clusters: str = "*"
    environments: frozenset[Environment] = EVERYWHERE

    @property
    def grants(self) -> tuple[Grant, ...]:
        return spelled_out(self.roles, self.clusters, self.environments)


@dataclass(frozen=True, slots=True)
class GroupRoles:
    """All rows; a group that stands in none gives nothing."""

    rows: tuple[GroupRow, ...] = ()

    def known(self, groups: Iterable[str]) -> tuple[str, ...]:
        """Return those of the groups that give something."""
        named = {row.group for row in self.rows}
        return tuple(sorted(named & set(groups)))

    def grants(self, groups: Iterable[str]) -> tuple[Grant, ...]:
        """Return what a member of these groups is granted."""
        held = set(groups)
        found = (grant for row in self.rows if row.group in held for grant in row.grants)
        return tuple(dict.fromkeys(found))


class _RowSchema(Schema):
    class Meta:
        unknown = RAISE

    group = fields.String(required=True, validate=validate.Length(1, LONGEST_GROUP))
    roles = fields.List(
        fields.Enum(Role, by_value=True), required=True, validate=validate.Length(1)
    )
    clusters = Pattern(
        CLUSTERS,
        "it is a pattern of names, as shells have them, of a-z, 0-9, '-', '*' and '?', such as "
        "test-*",
        load_default="*",
    )
    environments = fields.List(
        fields.Enum(Environment, by_value=True),
        load_default=lambda: list(Environment),
        validate=validate.Length(1),
    )

    @post_load
    def row(self, values: dict[str, Any], **_: Any) -> GroupRow:
        return GroupRow(
            values["group"],
            tuple(dict.fromkeys(values["roles"])),
            values["clusters"],
            frozenset(values["environments"]),
        )


class _FileSchema(Schema):
    class Meta:
        unknown = RAISE

    groups = fields.List(
        fields.Nested(_RowSchema), required=True, validate=validate.Length(1, MOST_ROWS)
    )


def group_roles(document: Any) -> GroupRoles:
    """Return what a document says: ``{"groups": [{"group", "roles", "clusters", ...}]}``.

    Raises ``BadGroups``, which names the first field that is at fault.
    """
    try:
        return GroupRoles(tuple(_FileSchema().load(document)["groups"]))
    except ValidationError as error:
        field, fault = _first(error.normalized_messages())
        raise BadGroups(f"{field or 'the file'}: {fault.rstrip('.')}") from None


def _first(messages: Any, path: str = "") -> tuple[str, str]:
    """Return the path of the first fault, such as ``groups.0.roles``, and what it is."""
    if isinstance(messages, Mapping):
        name, inner = next(iter(messages.items()))
        return _first(inner, path if name == "_schema" else f"{path}.{name}".lstrip("."))
    return path, str(messages[0] if isinstance(messages, list) else messages)
