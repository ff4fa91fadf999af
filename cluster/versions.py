"""Channels and versions of MicroK8s: the minor that each stands for, and the way between two."""

import re
from collections.abc import Iterable

_TRACK = re.compile(r"1\.([0-9]{1,3})(?:-strict)?", re.ASCII)
_VERSION = re.compile(r"v?1\.([0-9]{1,3})(?:\.([0-9]{1,4}))?(?![0-9.])", re.ASCII)


def track_of(channel: str) -> str:
    """Return the track of a channel: ``1.32`` of ``1.32/stable``."""
    return channel.partition("/")[0]


def is_strict(channel: str) -> bool:
    """Whether the channel has the strictly confined snap."""
    return track_of(channel).endswith("-strict")


def minor_of_channel(channel: str) -> int | None:
    """Return 32 of ``1.32/stable``; ``None`` of ``latest/stable``, which stays at no minor."""
    found = _TRACK.fullmatch(track_of(channel))
    return int(found[1]) if found else None


def minor_of_version(version: str) -> int | None:
    """Return 32 of ``v1.32.3``; ``None`` of what is no version of Kubernetes."""
    found = _VERSION.match(version)
    return int(found[1]) if found else None


def is_same_version(kubelet: str, snap: str) -> bool:
    """Whether a kubelet is the one of a snap's version, as far as the snap's version tells it.

    Some builds of the snap name no patch level.
    """
    ours, theirs = _VERSION.match(kubelet), _VERSION.match(snap)
    if ours is None or theirs is None:
        return kubelet == snap
    return ours[1] == theirs[1] and (theirs[2] is None or ours[2] == theirs[2])


def legs(minors: Iterable[int | None], target: str) -> tuple[str, ...]:
    """Return the channels to pass on the way to ``target``, which is the last of them.

    ``minors`` are those of the nodes. Kubernetes' control plane goes up one minor at a time, so
    there is a leg for each above the lowest; what lies between is passed in its stable form. Where
    a minor is not known, there is one leg, straight to the target.
    """
    there, known = minor_of_channel(target), list(minors)
    lowest = min((minor for minor in known if minor is not None), default=None)
    if there is None or lowest is None:
        return (target,)
    return (*(f"1.{minor}/stable" for minor in range(lowest + 1, there)), target)


def is_behind(minor: int | None, channel: str, leg: str, target: str) -> bool:
    """Whether a node of a minor, which follows ``channel``, takes part in a leg to ``target``."""
    if leg == target:
        return channel != target
    there = minor_of_channel(leg)
    return minor is not None and there is not None and minor < there
