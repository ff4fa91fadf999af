"""What a job leaves behind where it rests before its end."""

from cluster.catalogue.entry import Entry
from cluster.findings import Severity

LEFT = (
    Entry(
        "not-taken-back",
        Severity.WARN,
        "a job rests, and a step of it that takes back what an earlier one did could not: its "
        "error tells both",
        "mend what keeps that step from its work, then retry, or roll back",
    ),
)
