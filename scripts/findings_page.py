"""Writes docs/findings.md from ``cluster/catalogue``.

Run ``.venv/bin/python scripts/findings_page.py`` after a change of it; a test compares the two.
"""

from collections.abc import Iterable
from pathlib import Path

from cluster.catalogue.adopted import ADOPTED
from cluster.catalogue.entry import Entry
from cluster.catalogue.left import LEFT
from cluster.catalogue.looked_at import LOOKED_AT
from cluster.catalogue.planned import PLANNED
from cluster.catalogue.there_already import THERE_ALREADY

PAGE = Path(__file__).resolve().parent.parent / "docs" / "findings.md"


def render() -> str:
    """Return the whole page."""
    return f"""# Findings

A finding is one thing that a check has to say: a code, how grave it is, a message, and what to do.
*refuse* keeps the change from being carried out; *acceptable* ones may be overridden by naming \
the code in `accept`, with the change or with a retry of its job.
*warn* and *info* keep nothing from happening.
Those of a plan stand in the plan, those of `preflight` in its step: in the job's \
`steps[].findings` or, when they refuse, in its `error`; `clusterwright jobs show`, `watch` and \
the page show all of them, notes included.
This page is written by `scripts/findings_page.py` from `cluster/catalogue`.

## When a change is planned

Nothing is asked of a host; the inventory and the request are all that is looked at.

{_table(PLANNED, "it says")}

## When hosts are looked at

`preflight` asks each host once, over one SSH channel, and lets the hosts measure the network \
between them.
What a host cannot tell is not held against it.

{_table(LOOKED_AT, "it says, and what to do")}

### A MicroK8s that is there already

Joining throws a host's datastore away, and a rollback removes what bears the job's mark \
(`/var/lib/clusterwright/installed-microk8s`: installation, cluster, job).
So a MicroK8s that is not surely this job's own is refused before anything is changed.

{_table(THERE_ALREADY, "the host has", "do")}

### Hosts of a cluster that is adopted

`adopt-cluster` asks the hosts that it is given what they are, and those that have a datastore for \
its members and nodes.
It takes all nodes of a cluster or none, since what is not recorded would be changed behind the \
record's back.

{_table(ADOPTED, "the hosts have", "do")}

## When a job rests before its end

It stands in the job's `error`, beside what went wrong first.

{_table(LEFT, "it says", "do")}
"""


def _table(entries: Iterable[Entry], *heads: str) -> str:
    head = "| code | | " + " | ".join(heads) + " |\n| --- | --- |" + " --- |" * len(heads)
    rows = [head]
    for entry in entries:
        codes = ", ".join(f"`{code}`" for code in entry.codes)
        grave = f"{entry.severity}, acceptable" if entry.acceptable else str(entry.severity)
        cells = [codes, grave, entry.says, entry.do][: len(heads) + 2]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


if __name__ == "__main__":
    PAGE.write_text(render())
