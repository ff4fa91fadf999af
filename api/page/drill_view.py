"""A drill over time: where on an axis each moment stands, and when which node was silent; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cluster.drills import KILL
from workflows.drills.markdown import NOT_SEEN, verdict

LEAST_PERCENT = 0.5
"""The width of what took no time."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One of T0 to T5."""

    label: str
    says: str
    time: str
    left: float | None
    """In percent of the axis; ``None`` where it was not seen."""


@dataclass(frozen=True, slots=True)
class Spell:
    """Probes of one node that all went alike, in percent of the axis."""

    left: float
    width: float
    is_silent: bool
    text: str


@dataclass(frozen=True, slots=True)
class Track:
    """How one control plane node answered."""

    host: str
    spells: tuple[Spell, ...]
    says: str


@dataclass(frozen=True, slots=True)
class DrillView:
    """What the page of a job shows of its drill."""

    title: str
    is_passed: bool | None
    criteria: Sequence[Mapping[str, Any]]
    moments: tuple[Moment, ...]
    tracks: tuple[Track, ...]


def drill_view(report: Mapping[str, Any]) -> DrillView | None:
    """Return the view of a report; ``None`` while no node was stopped."""
    if report["host"] is None:
        return None
    ends = [row["ends"] for row in report["log"]]
    seen = [row["seconds"] for row in report["moments"] if row["seconds"] is not None]
    length = max(*ends, *seen, 1.0)
    return DrillView(
        f"{report['host']}, {report['target']}{_killed(report)}: {verdict(report)}",
        report["passed"],
        report["criteria"],
        tuple(_moment(row, length) for row in report["moments"]),
        tuple(_track(row, report["log"], length) for row in report["observers"]),
    )


def _killed(report: Mapping[str, Any]) -> str:
    return ", killed" if report["how"] == KILL else ""


def _moment(row: Mapping[str, Any], length: float) -> Moment:
    label, _, says = row["says"].partition(" ")
    seconds = row["seconds"]
    if seconds is None:
        return Moment(label, says, NOT_SEEN, None)
    return Moment(label, says, f"{seconds:g} s", _percent(seconds, length))


def _track(row: Mapping[str, Any], log: Sequence[Mapping[str, Any]], length: float) -> Track:
    says = f"{row['failed']} of {row['probes']} writes failed"
    if row["failed"]:
        says += f", silent for {row['longest_silence']:g} s at most"
    return Track(row["host"], tuple(_spells(row["host"], log, length)), says)


def _spells(host: str, log: Sequence[Mapping[str, Any]], length: float) -> Iterator[Spell]:
    for row in log:
        is_silent = host in row["silent"]
        left = _percent(row["begins"], length)
        width = max(_percent(row["ends"], length) - left, LEAST_PERCENT)
        word = "silent" if is_silent else "answered"
        yield Spell(
            min(left, 100 - LEAST_PERCENT),
            round(width, 3),
            is_silent,
            f"{host} {word} from {row['begins']:g} s to {row['ends']:g} s",
        )


def _percent(seconds: float, length: float) -> float:
    return round(100 * seconds / length, 3)
