"""A host of the inventory as the command line changes it: looked at first, then put."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from cli.client import Client
from cli.errors import Failure, Problem
from cli.host_key import fingerprint
from cli.pasteable import pasteable

ANSWERED_ONLY = frozenset({"name", "cluster", "reserved_by", "links"})
"""What the API tells of a host and does not take."""


@dataclass(frozen=True, slots=True)
class Known:
    """A host as it is stored, and the tag that names this state."""

    row: Mapping[str, Any]
    etag: str


def path_of(name: str) -> str:
    return f"/v1/hosts/{quote(name, '')}"


def find(client: Client, name: str) -> Known | None:
    """Return the host if the inventory has it."""
    try:
        return Known(*client.tagged(path_of(name)))
    except Problem as error:
        if error.status == 404:
            return None
        raise


def put(client: Client, row: Mapping[str, Any], known: Known | None) -> Any:
    """Put a host in place of ``known``, or as a new one; never in place of anything else.

    What is empty, or told by the API only, is left out.
    """
    body = {
        key: value
        for key, value in row.items()
        if key not in ANSWERED_ONLY and value not in ("", {})
    }
    condition = {"If-Match": known.etag} if known else {"If-None-Match": "*"}
    return client.put(path_of(row["name"]), body, condition)


def differences(known: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return the fields of ``wanted`` that are not as they are known: what was, and what is."""
    after = dict(wanted)
    if not after.get("node_address") and "address" in after:
        after["node_address"] = after["address"]
    return {
        name: (known.get(name), value)
        for name, value in after.items()
        if name not in ANSWERED_ONLY and known.get(name) != value
    }


def merged(known: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a known host with what is said of it changed, and nothing else.

    Where nodes reach it at the address of SSH, they go on to do so.
    """
    follows = known["node_address"] == known["address"]
    return {**known, **({"node_address": ""} if follows else {}), **values}


def change_lines(found: Mapping[str, tuple[Any, Any]]) -> Iterator[str]:
    """Yield a line for each field that changes; keys by their fingerprints."""
    for name, (was, now) in found.items():
        yield f"  {name + ':':<14}{_shown(name, was)} -> {_shown(name, now)}"


def answered_change_lines(changes: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield the same for changes as the API tells them."""
    for name, row in changes.items():
        yield f"  {name + ':':<14}{_text(row['was'])} -> {_text(row['is'])}"


def refuse(name: str, found: Mapping[str, tuple[Any, Any]]) -> None:
    """Raise what tells that a host is there already, and how to change it on purpose."""
    raise Failure(
        "\n".join(
            [
                f"cannot add {name}: it is in the inventory already, and this would change",
                *change_lines(found),
                "say --replace to put it in place of what is there; to change some fields only: "
                f"{pasteable('hosts', 'update', name, '--help')}; for a new key after the host "
                f"was installed anew: {pasteable('hosts', 'repin', name, '--scan')}",
            ]
        )
    )


def _shown(name: str, value: Any) -> str:
    if name == "host_key" and value:
        return f"{value.split()[0]} {fingerprint(value)}"
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = ",".join(f"{key}={text}" for key, text in value.items())
    return str(value or "-")
