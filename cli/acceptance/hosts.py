"""Which hosts are given up, and which of them must not be. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cli.errors import Failure

DISPOSABLE = "clusterwright.io/disposable"
"""The label that marks a host of the inventory as given up, with the value ``true``."""
CLUSTER = "acceptance"


def disposable(inventory: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the hosts of the inventory that are marked as disposable."""
    found = [dict(row) for row in inventory if row["labels"].get(DISPOSABLE) == "true"]
    if not found:
        raise Failure(
            "cannot begin: no host of the inventory is marked as disposable; name hosts with "
            "--hosts FILE, or mark some: clusterwright hosts add NAME ... "
            f"--label {DISPOSABLE}=true"
        )
    return found


def refuse_hosts_in_use(
    given: Sequence[Mapping[str, Any]], inventory: Iterable[Mapping[str, Any]]
) -> None:
    """Raise when one of the hosts is needed: all are refused then, and nothing is stored.

    A host is known by its name, and by its address too: a file may call it otherwise.
    """
    names = [row["name"] for row in given]
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise Failure(f"cannot begin: {', '.join(twice)} stands twice in the list; name it once")
    used: list[str] = []
    for known in inventory:
        ours = next((row for row in given if _is_same(row, known)), None)
        if ours is None:
            continue
        if known["cluster"]:
            used.append(f"{ours['name']} belongs to cluster {known['cluster']}")
        elif ours["name"] != known["name"]:
            used.append(f"{ours['name']} has the address of {known['name']} in the inventory")
    if used:
        raise Failure(
            f"cannot begin: {'; '.join(used)}. No host was changed and none was stored; give up "
            "others, or take these out of the list"
        )


def _is_same(row: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    if row["name"] == known["name"]:
        return True
    place = ("address", "port")
    return tuple(row.get(key, 22) for key in place) == tuple(known[key] for key in place)


def shape(names: Sequence[str]) -> dict[str, Any]:
    """Return the params of the cluster that so many hosts form: the largest main job they allow."""
    control = 3 if len(names) >= 3 else 1
    workers = list(names[control:])
    params: dict[str, Any] = {"control_plane": list(names[:control]), "workers": workers}
    if control == 3 and workers:
        params["topology"] = "separated"
    return params
