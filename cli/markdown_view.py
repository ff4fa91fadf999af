"""What a pipeline posts as a comment: how a cluster differs from its file, and a plan; pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cli.output import counted
from cli.visible import visible

Row = Mapping[str, Any]


def diff_lines(found: Row) -> Iterator[str]:
    """Yield what the file changes, and apart from it what has drifted since."""
    name, rows = found["cluster"], found["differences"]
    yield f"### Cluster {code(name)} and its file"
    if not rows:
        yield ""
        yield "Nothing differs."
    changed = [row for row in rows if not row["is_seen"]]
    drifted = [row for row in rows if row["is_seen"]]
    if changed:
        yield ""
        yield f"The file changes {counted(len(changed), 'thing')}:"
        yield from _differences(changed, "Recorded")
    if drifted:
        yield ""
        yield f"{counted(len(drifted), 'thing')} drifted: the record is as the file has it, and:"
        yield from _differences(drifted, "Seen")


def plan_lines(plan: Row) -> Iterator[str]:
    """Yield the steps of a plan, its findings and its digest."""
    yield f"### Plan of cluster {code(plan['cluster'])}: {counted(len(plan['steps']), 'step')}"
    if plan["steps"]:
        yield ""
    for place, step in enumerate(plan["steps"], 1):
        final = " (no way back from here)" if step["final"] else ""
        yield f"{place}. {text(step['title'])}{final}"
    if plan["findings"]:
        yield ""
        yield from _table(
            ("Finding", "Code", "What", "What to do"),
            [
                (row["severity"], code(row["code"]), text(row["message"]), text(row["advice"]))
                for row in plan["findings"]
            ],
        )
    yield ""
    if plan["allowed"]:
        yield f"Digest: {code(plan['digest'])}"
    else:
        yield "It is refused: nothing can be applied before that is settled."


def code(value: str) -> str:
    """Return a value as code; its own ticks are taken for apostrophes."""
    shown = _one_line(value).replace("`", "'").replace("|", "\\|")
    return f"`{shown}`" if value else ""


def text(value: str) -> str:
    """Return words in which no sign means anything to Markdown or HTML."""
    signs = (f"\\{sign}" if sign in "\\`*_[]<>|#@" else sign for sign in _one_line(value))
    return "".join(signs)


def _differences(rows: Sequence[Row], now: str) -> Iterator[str]:
    yield ""
    yield from _table(
        ("What", now, "File", "By"),
        [(code(row["what"]), code(row["now"]), code(row["wanted"]), _by(row)) for row in rows],
    )


def _by(row: Row) -> str:
    by = code(row["by"]) or "no change"
    return f"{by}, with prune only" if row["needs_prune"] else by


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _one_line(value: str) -> str:
    shown: str = visible(" ".join(value.split()))
    return shown
