"""A cluster before and after a change as text: a line for each part that does not stay as it is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli.output import counted

SIGNS = {"comes": "+", "goes": "-", "changes": "~", "stays": "="}


def drawing(plan: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a plan makes of its cluster; nothing where no part changes or was seen unlike."""
    rows = plan.get("difference") or ()
    told = [row for row in rows if row["mark"] != "stays" or row["seen"]]
    if not told:
        return
    yield f"before: {_size(plan['before'])}; afterwards: {_size(plan['after'])}"
    wide = max(len(row["name"]) for row in told)
    for row in told:
        yield f"  {SIGNS[row['mark']]} {row['name']:<{wide}}  {_words(row)}"
    still = [row for row in rows if row not in told]
    if still:
        yield f"  = {_counted(still)} stay{'s' if len(still) == 1 else ''} as before"


def _size(shape: Mapping[str, Any] | None) -> str:
    if shape is None:
        return "no cluster"
    nodes = shape["nodes"].values()
    members = sum(node["role"] == "control-plane" for node in nodes)
    return f"{counted(len(nodes), 'node')}, {members} of the control plane"


def _words(row: Mapping[str, Any]) -> str:
    kind = (row["role"] or row["what"]).replace("-", " ")
    seen = f"was seen {', '.join(row['seen'])}" if row["seen"] else ""
    return "; ".join(filter(None, [kind, *row["says"], seen]))


def _counted(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return how many nodes and addons there are, of which there are any."""
    numbers = {what: sum(row["what"] == what for row in rows) for what in ("node", "addon")}
    return " and ".join(counted(number, what) for what, number in numbers.items() if number)
