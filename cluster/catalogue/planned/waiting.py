"""What a job waits for before it begins."""

from cluster.catalogue.entry import Entry
from cluster.findings import Severity

WAITING = (
    Entry(
        "planned-behind",
        Severity.INFO,
        "other jobs of the cluster come before: the plan rests on what they are to leave",
        "nothing; it is made anew when its turn comes",
    ),
    Entry(
        "outside-window",
        Severity.WARN,
        "the cluster has maintenance windows and is outside of them: the job waits for the next, "
        "and the finding tells when it begins",
        "nothing; or accept it, which needs the permission admin, and it begins at once",
    ),
    Entry(
        "cluster-frozen",
        Severity.WARN,
        "a freeze keeps changes of the cluster back: the job waits until it ends, and for a window "
        "where the cluster has some",
        "nothing; or accept it, which needs the permission admin, and it begins at once",
    ),
)
