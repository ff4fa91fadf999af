"""Fields that name something: a free host, a node of the cluster, a cluster that is to be.

What a name stands for is known to its field and to nothing else: forms, options, completion and the
findings about wrong names ask the field, so that none of them knows the names of params.
"""

from collections.abc import Collection, Iterator, Mapping
from enum import StrEnum
from typing import Any

from marshmallow import Schema, fields

from cluster.names import HostName, by_host

EXTENSION = "x-clusterwright-meaning"
"""Under this a field's OpenAPI schema says its meaning."""


class Meaning(StrEnum):
    """What a name stands for."""

    FREE_HOST = "free-host"  # a host of the inventory that belongs to no other cluster
    NODE = "node"  # a node of the cluster that is changed
    CONTROL_PLANE = "control-plane-node"  # one that runs the API and the datastore
    CLUSTER = "cluster"  # the cluster that is changed
    NEW_CLUSTER = "new-cluster"  # one that there is not yet


HOSTS = frozenset({Meaning.FREE_HOST, Meaning.NODE, Meaning.CONTROL_PLANE})
"""Meanings of names that stand for a host."""


class OnlyHost(Exception):
    """A field names one host and nothing else, so that host cannot be left out of it."""

    def __init__(self, name: str, pointer: str) -> None:
        self.name, self.pointer = name, pointer
        super().__init__(f"{pointer} names {name}, and nothing can stand there without it")


class Named(HostName):
    """A name with a meaning, which OpenAPI tells."""

    meaning: Meaning

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metadata = {EXTENSION: str(self.meaning), **self.metadata}


class FreeHost(Named):
    """A host that belongs to no other cluster."""

    meaning = Meaning.FREE_HOST


class NodeName(Named):
    """A node of the cluster that is changed."""

    meaning = Meaning.NODE


class ControlPlaneName(Named):
    """A control plane node of the cluster that is changed."""

    meaning = Meaning.CONTROL_PLANE


class ClusterName(Named):
    """The name of the cluster that is changed; as a param, it confirms which one is meant."""

    meaning = Meaning.CLUSTER


class NewClusterName(Named):
    """The name of a cluster that there is not yet."""

    meaning = Meaning.NEW_CLUSTER


class FreeHosts(fields.List[str]):
    """Hosts that belong to no other cluster."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(FreeHost(), **kwargs)


class NodeNames(fields.List[str]):
    """Nodes of the cluster that is changed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(NodeName(), **kwargs)


def by_node(values: fields.Field[Any], description: str) -> fields.Dict:
    """Return a field that says something of each of some nodes of the cluster."""
    return by_host(values, description, keys=NodeName())


def named(schema: Schema, params: Mapping[str, Any]) -> Iterator[tuple[Meaning, str, str]]:
    """Yield each name with a meaning in ``params``, and its JSON pointer within them.

    ``params`` are in their JSON form and valid by the schema.
    """
    for name, field in schema.fields.items():
        key = field.data_key or name
        if params.get(key) is not None:
            yield from _within(field, params[key], f"/{key}")


def _within(field: Any, value: Any, pointer: str) -> Iterator[tuple[Meaning, str, str]]:
    if isinstance(field, Named):
        yield field.meaning, value, pointer
    elif not _names_something(field):
        return  # thousands of labels are passed over at once
    elif isinstance(field, fields.List):
        for place, one in enumerate(value):
            yield from _within(field.inner, one, f"{pointer}/{place}")
    elif isinstance(field, fields.Mapping):
        for key, one in value.items():
            inner = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
            yield from _within(field.key_field, key, inner)
            yield from _within(field.value_field, one, inner)


def _names_something(field: Any) -> bool:
    """Whether names with a meaning may stand in a field's values."""
    if isinstance(field, fields.List):
        return _names_something(field.inner)
    if isinstance(field, fields.Mapping):
        return _names_something(field.key_field) or _names_something(field.value_field)
    return isinstance(field, Named)


def leave_out(schema: Schema, params: Mapping[str, Any], hosts: Collection[str]) -> dict[str, Any]:
    """Return params without these hosts: out of lists of hosts, and of maps that hosts are keys of.

    ``params`` are in their JSON form and valid by the schema; what is left may not be. Raises
    ``OnlyHost``.
    """
    left = dict(params)
    for name, field in schema.fields.items():
        key = field.data_key or name
        if left.get(key) is not None:
            left[key] = _left(field, left[key], hosts, f"/{key}")
    return left


def _left(field: Any, value: Any, hosts: Collection[str], pointer: str) -> Any:
    if _names_a_host(field):
        if value in hosts:
            raise OnlyHost(value, pointer)
    elif isinstance(field, fields.List) and _names_a_host(field.inner):
        return [one for one in value if one not in hosts]
    elif isinstance(field, fields.Mapping):
        # A key is a host also where its name is checked by another field, and so has no meaning.
        if isinstance(field.key_field, HostName):
            value = {key: one for key, one in value.items() if key not in hosts}
        if _names_something(field.value_field):
            return {
                key: _left(field.value_field, one, hosts, f"{pointer}/{key}")
                for key, one in value.items()
            }
    return value


def _names_a_host(field: Any) -> bool:
    return isinstance(field, Named) and field.meaning in HOSTS
