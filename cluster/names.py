"""What a valid name is: hosts, clusters, channels, addons, labels, taints, addresses.

Everything that may reach a shell, a file name or a Redis key is validated here first.
"""

import ipaddress
import re
from collections.abc import Callable, Sequence, Sized
from typing import Any

from marshmallow import ValidationError, fields, validate

MOST_LABELS = MOST_TAINTS = 50
"""Of one node."""
KEYS = "x-keys"
"""Under this a map's metadata has the schema of its keys, for which OpenAPI has no field."""
DNS_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
CHANNEL = re.compile(r"(?:latest|1\.[0-9]{2})(?:-strict)?/(?:stable|candidate|beta|edge)", re.ASCII)
LABEL_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
# A DNS subdomain of 253 characters at most: no part of it is empty or ends with a hyphen.
_PREFIX_PART = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
LABEL_PREFIX = rf"(?![^/]{{254}}){_PREFIX_PART}(?:\.{_PREFIX_PART})*"
LABEL_KEY = re.compile(rf"(?:{LABEL_PREFIX}/)?{LABEL_NAME}", re.ASCII)
LABEL_VALUE = re.compile(rf"(?:{LABEL_NAME})?", re.ASCII)
TAINT = re.compile(
    rf"(?:{LABEL_PREFIX}/)?{LABEL_NAME}=(?:{LABEL_NAME})?:(?:NoSchedule|PreferNoSchedule|NoExecute)",
    re.ASCII,
)
TAINT_PLACE = re.compile(
    rf"(?:{LABEL_PREFIX}/)?{LABEL_NAME}:(?:NoSchedule|PreferNoSchedule|NoExecute)", re.ASCII
)
# MicroK8s hands each part behind a colon to the addon's script: none may look like an option.
ADDON = re.compile(
    r"(?:[a-z0-9][a-z0-9-]{0,39}/)?[a-z0-9][a-z0-9-]{0,62}"
    r"(?::(?!-)(?:[A-Za-z0-9.,/=_-]|:(?!-)){1,200})?"
)
ADDON_NAME = re.compile(r"(?:[a-z0-9][a-z0-9-]{0,39}/)?[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
# As directories have them too: Ada.Lovelace@corp.example, CORP\ada, svc-ops$. None looks like an
# option. The backslash and the dollar mean something to a shell: wherever a command for people has
# the name of a user, it is quoted.
UNIX_USER = re.compile(
    r"(?:[A-Za-z0-9][A-Za-z0-9.-]{0,62}\\)?[A-Za-z0-9_][A-Za-z0-9._@+-]{0,63}[$]?", re.ASCII
)
# No public key, and not what binds a key to sites.
KEY_NAME = re.compile(r"(?!.*\.(?:pub|sites)$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
HOST_KEY = re.compile(
    r"(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)) [A-Za-z0-9+/]{60,2900}={0,2}",
    re.ASCII,
)


class Pattern(fields.String):
    """A string that must match one pattern as a whole; says what would be valid."""

    def __init__(
        self, pattern: re.Pattern[str], wanted: str, *, or_empty: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        shown = f"^({pattern.pattern})?$" if or_empty else f"^{pattern.pattern}$"
        self.metadata = {"pattern": shown, **self.metadata}
        self.pattern, self.wanted, self.or_empty = pattern, wanted, or_empty

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not self.pattern.fullmatch(text) and (text or not self.or_empty):
            raise ValidationError(f"cannot use {text[:80]!r}: {self.wanted}")
        return text


class HostName(Pattern):
    """A host's, cluster's, site's or zone's name: one lower-case DNS label (RFC 1123)."""

    def __init__(self, *, or_empty: bool = False, **kwargs: Any) -> None:
        super().__init__(
            DNS_LABEL,
            "a name has 1 to 63 characters of a-z, 0-9 and '-', and begins and ends with a letter "
            "or digit",
            or_empty=or_empty,
            **kwargs,
        )


class Channel(Pattern):
    """A snap channel of MicroK8s, such as ``1.32/stable``."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            CHANNEL,
            "a channel is track/risk, for example 1.32/stable (risks: stable, candidate, beta, "
            "edge)",
            **kwargs,
        )


class Addon(Pattern):
    """An addon's name, with its argument after a colon where it takes one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            ADDON,
            "an addon is a name, with its argument after a colon, for example dns or "
            "metallb:10.0.0.200-10.0.0.210; none of them begins with a hyphen",
            **kwargs,
        )


class AddonName(Pattern):
    """An addon's name alone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            ADDON_NAME, "an addon's name is such as metallb, without an argument", **kwargs
        )


class Address(fields.String):
    """An IPv4 address, as ``microk8s join`` needs it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            ipaddress.IPv4Address(text)
        except ValueError:
            raise ValidationError(
                f"cannot use {text[:80]!r}: give an IPv4 address, for example 192.168.1.21 "
                "(microk8s join takes no host names and no IPv6)"
            ) from None
        return text


class Labels(fields.Dict):
    """Kubernetes labels: key to value; thousands of them are read in milliseconds."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            keys=Pattern(LABEL_KEY, "a label key looks like zone or example.com/zone"),
            values=Pattern(
                LABEL_VALUE, "a label value has at most 63 of a-z, A-Z, 0-9, '.', '_', '-'"
            ),
            validate=at_most(MOST_LABELS, "labels"),
            **kwargs,
        )
        keys = {"pattern": f"^{LABEL_KEY.pattern}$"}
        self.metadata = {"maxProperties": MOST_LABELS, KEYS: keys, **self.metadata}

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict) and all(map(_is_label, value.items())):
            return dict(value)
        # What is wrong, and where, is found by the slow way.
        return super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]  # marshmallow's


def _is_label(row: tuple[Any, Any]) -> bool:
    key, value = row
    return (
        isinstance(key, str)
        and isinstance(value, str)
        and LABEL_KEY.fullmatch(key) is not None
        and LABEL_VALUE.fullmatch(value) is not None
    )


def longest(most: int, what: str) -> validate.Length:
    """Return a check that a list has no more entries than that; OpenAPI tells it."""
    return validate.Length(max=most, error=f"cannot take so many {what}: {most} at most")


def at_most(most: int, what: str) -> Callable[[Sized], None]:
    """Return a check that a map has no more entries than that; OpenAPI has ``maxProperties``."""

    def check(value: Sized) -> None:
        if len(value) > most:
            raise ValidationError(f"cannot take {len(value)} {what}: {most} at most")

    return check


def taints_field(**kwargs: object) -> fields.List[str]:
    """Return a field for Kubernetes taints, ``key=value:Effect``, one of each key and effect."""
    return fields.List(
        Pattern(TAINT, "a taint is key=value:Effect, for example dedicated=gpu:NoSchedule"),
        validate=[longest(MOST_TAINTS, "taints"), _one_of_each],
        **kwargs,  # type: ignore[arg-type]  # marshmallow's own keywords
    )


def place_of(taint: str) -> str:
    """Return ``key:Effect``, of which a node has one taint at most."""
    head, _, effect = taint.rpartition(":")
    return f"{head.partition('=')[0]}:{effect}"


def _one_of_each(taints: Sequence[str]) -> None:
    """Refuse what a node cannot have: the later one would take the place of the other."""
    places: dict[str, str] = {}
    for taint in taints:
        other = places.setdefault(place_of(taint), taint)
        if other != taint:
            raise ValidationError(
                f"cannot give a node both {other} and {taint}: it has one taint of each key and "
                "effect"
            )


def by_host(
    values: fields.Field[Any],
    description: str,
    *,
    keys: HostName | None = None,
    most: int = 200,
    what: str = "nodes",
) -> fields.Dict:
    """Return a field that says something of each of some hosts, ``most`` at most.

    ``keys`` is the field of their names where these have a meaning.
    """
    keys = keys or HostName()
    return fields.Dict(
        keys=keys,
        values=values,
        load_default=dict,
        validate=at_most(most, what),
        metadata={
            "description": description,
            "maxProperties": most,
            KEYS: dict(keys.metadata),
        },
    )
