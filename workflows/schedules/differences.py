"""What differs between two looks at a cluster that somebody should hear of; pure."""

from typing import Any

from cluster.certificates import ending
from cluster.observation import Observation

SOON_DAYS = 30


def differences(before: Observation, now: Observation) -> dict[str, Any]:
    """Return what differs, each with what was and what is; empty where nothing does.

    ``quorum``: how many voters there are and how many answer; ``ha``: whether one may be lost;
    ``membership``: who is a member and who answers; ``certificates``: when those end that end
    soon, or that were renewed.
    """
    facts = {
        name: {"before": was, "now": is_now}
        for name, was, is_now in zip(FACTS, _facts(before), _facts(now), strict=True)
        if was != is_now
    }
    for name in facts.keys() & BY_NAME:
        facts[name] = _narrowed(facts[name])
    if not now.certificates or not before.certificates:
        facts.pop("certificates", None)  # they were not told, which says nothing of when they end
    return facts


def _narrowed(fact: dict[str, Any]) -> dict[str, Any]:
    """Return what differs of many without those that are as they were."""
    was, now = fact["before"], fact["now"]
    names = [name for name in sorted({*was, *now}) if was.get(name) != now.get(name)]
    return {
        side: {name: rows[name] for name in names if name in rows}
        for side, rows in (("before", was), ("now", now))
    }


BY_NAME = frozenset({"membership", "certificates"})
FACTS = ("quorum", "ha", "membership", "certificates")


def _facts(seen: Observation) -> tuple[Any, ...]:
    quorum = seen.quorum
    members = {row.name: "alive" if row.alive else "dead" for row in seen.members}
    soon = {each.host + ":" + each.name for each in ending(seen.certificates, seen.at, SOON_DAYS)}
    ends = {f"{each.host}:{each.name}": each.ends for each in seen.certificates}
    told = {name: {"ends": ends[name], "soon": name in soon} for name in sorted(ends)}
    return quorum.as_dict(), quorum.ha, dict(sorted(members.items())), told
