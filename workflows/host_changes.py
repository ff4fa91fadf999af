"""What changes when a host of the inventory is put again, and what of it is how SSH gets there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from cluster.actions import AdvisedError
from cluster.spec import Host
from ssh_keys import host_key

CONNECTION = ("address", "port", "user", "ssh_key", "host_key", "jump", "node_address", "site")
"""Where and as whom SSH logs in, whom it believes there, and which Celery workers do so."""
NEEDED = ("address", "host_key")
"""What has no default."""


class MissingFields(AdvisedError):
    """A host that is new is not told whole; ``missing`` is what it cannot do without."""

    def __init__(self, name: str, missing: tuple[str, ...]) -> None:
        super().__init__(f"cannot add host {name} without {' and '.join(missing)}: it is new")
        self.missing = missing


@dataclass(frozen=True, slots=True)
class HostValues:
    """What is given of a host; what is not given stays, or is the default of a new one."""

    name: str
    values: Mapping[str, Any]

    def onto(self, known: Host | None) -> Host:
        """Return the host as it would be. Raises ``MissingFields`` if it is new and not whole.

        Where nodes reach a known host at the address of SSH, they go on to do so.
        """
        if known is None:
            missing = tuple(name for name in NEEDED if name not in self.values)
            if missing:
                raise MissingFields(self.name, missing)
            return Host(name=self.name, **self.values)
        follows = {"node_address": ""} if known.node_address == known.address else {}
        return replace(known, **follows | dict(self.values))


def whole(host: Host) -> HostValues:
    """Return all that is to be known of a host, as if it were given anew."""
    row = {field.name: getattr(host, field.name) for field in fields(host)}
    del row["cluster"], row["reserved_by"]
    return HostValues(row.pop("name"), row)


def changes(before: Host, after: Host) -> dict[str, dict[str, Any]]:
    """Return each field that differs with what it ``was`` and ``is``; keys by fingerprint."""
    was, now = before.as_dict(), after.as_dict()
    return {
        name: {"was": _shown(name, was[name]), "is": _shown(name, now[name])}
        for name in was
        if name not in {"cluster", "reserved_by"} and was[name] != now[name]
    }


def connection(host: Host) -> dict[str, Any]:
    """Return how SSH gets to a host, its pinned key by fingerprint."""
    row = host.as_dict()
    return {name: _shown(name, row[name]) for name in CONNECTION}


def stored(host: Host) -> dict[str, str]:
    """Return how SSH gets to a host, each field as the inventory stores it."""
    row = host.as_dict()
    return {name: json.dumps(row[name]) for name in CONNECTION}


def since(noted: Mapping[str, str], host: Host) -> dict[str, dict[str, Any]]:
    """Return what differs of a host from what ``stored`` was noted of it, as ``changes`` does."""
    row = host.as_dict()
    was = {name: json.loads(text) for name, text in noted.items()}
    return {
        name: {"was": _shown(name, value), "is": _shown(name, row[name])}
        for name, value in was.items()
        if value != row[name]
    }


def in_words(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Return changes as part of a sentence."""
    rows = (f"{name} from {_text(row['was'])} to {_text(row['is'])}" for name, row in found.items())
    return ", ".join(rows) or "nothing"


def fingerprint(key: str) -> str:
    """Return a pinned key's type and its fingerprint as ssh prints it."""
    return f"{key.partition(' ')[0]} {host_key.fingerprint(key)}"


def _shown(name: str, value: Any) -> Any:
    return fingerprint(value) if name == "host_key" else value


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        value = ",".join(f"{key}={text}" for key, text in value.items())
    return str(value) or "nothing"
