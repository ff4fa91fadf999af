"""Reads a cluster's file: from its text to the params of a change, or all that is wrong; pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from cluster.field_faults import flattened, unknown_names
from cluster.spec import Role
from cluster.yaml_places import Fault, FaultsFound, Placed, read_yaml
from workflows.cluster_file.schema import ClusterFileSchema, NodeSchema
from workflows.kinds.apply import ApplySchema


class FileFaults(FaultsFound):
    """A cluster's file is refused as a whole: nothing of it is used."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        super().__init__(faults, "the cluster's file", "correct all of them")


def read_file(text: str, cluster: str) -> dict[str, Any]:
    """Return the params of an ``apply`` that a file of ``cluster`` asks for, in their JSON form.

    Raises ``FileFaults`` with everything that is wrong, each at its line.
    """
    placed = read_yaml(text)
    params = {} if placed.faults else _read(placed, cluster)
    if placed.faults:
        raise FileFaults(placed.faults)
    return params


def _read(placed: Placed, cluster: str) -> dict[str, Any]:
    whole = placed.value
    if not isinstance(whole, Mapping):
        placed.fault("", "cannot use this as a cluster's file: write apiVersion, name and hosts")
        return {}
    for pointer, detail in _unknown(whole):
        placed.fault(pointer, detail)
    told = {fault.pointer for fault in placed.faults}
    try:
        data = ClusterFileSchema().load(whole)
    except ValidationError as error:
        for pointer, detail in flattened(error.messages):
            if pointer not in told:
                placed.fault(pointer, detail)
        return {}
    if data["name"] != cluster:
        placed.fault("/name", f"cannot use the file for {cluster}: it is of {data['name']}")
    params = _params(data)
    for _, detail in flattened(ApplySchema().validate(params)):
        placed.fault("/hosts", detail)
    return params


def _unknown(whole: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each field that a file does not have, with the nearest that it has."""
    hosts = whole.get("hosts")
    rows = hosts if isinstance(hosts, Mapping) else {}
    named = {f"/hosts/{_escaped(name)}": row for name, row in rows.items()}
    for field, texts in unknown_names(ClusterFileSchema(), whole).items():
        yield f"/{_escaped(field)}", texts[0]
    for pointer, row in named.items():
        if not isinstance(row, Mapping):
            continue
        for field, texts in unknown_names(NodeSchema(), row).items():
            yield f"{pointer}/{_escaped(field)}", texts[0]


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _params(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a change is asked for with, in its JSON form and normalised."""
    hosts: Mapping[str, Mapping[str, Any]] = data["hosts"]
    params = {
        "control_plane": _of_role(hosts, Role.CONTROL_PLANE),
        "workers": _of_role(hosts, Role.WORKER),
        "channel": data["channel"],
        "environment": str(data["environment"]),
        "addons": data["addons"],
        "labels": {name: row["labels"] for name, row in hosts.items() if row["labels"]},
        "taints": {name: row["taints"] for name, row in hosts.items() if row["taints"]},
        "addresses": {name: row["address"] for name, row in hosts.items() if "address" in row},
        "host_keys": {name: row["host_key"] for name, row in hosts.items() if "host_key" in row},
    }
    return {name: value for name, value in params.items() if value}


def _of_role(hosts: Mapping[str, Mapping[str, Any]], role: Role) -> list[str]:
    return [name for name, row in hosts.items() if row["role"] is role]
