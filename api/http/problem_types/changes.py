"""A change that is asked for, and its plan."""

from api.http.problem_types.problem_type import ProblemType
from cluster.actions import Action

CHANGES = (
    ProblemType(
        "cluster-not-found",
        404,
        "There is no cluster of that name",
        "No change has created a cluster of that name, or it was taken apart.",
        "Look at the clusters that there are.",
        (Action.LIST_CLUSTERS,),
    ),
    ProblemType(
        "change-refused",
        409,
        "The change is refused",
        "Planning the change found reasons against it. Nothing has happened to any host.",
        "Do what the findings advise. Where a finding says acceptable, its code may be named in "
        "accept to go on all the same.",
    ),
    ProblemType(
        "plan-outdated",
        409,
        "The plan is no longer the one that was looked at",
        "The inventory or the cluster has changed since the plan with this digest was made: its "
        "steps, or how its hosts are reached. The member difference says what is otherwise now, "
        "in sentences; connections has how hosts are reached as it is now.",
        "Plan the change again, look at the plan, and send its digest.",
    ),
    ProblemType(
        "cluster-busy",
        409,
        "The cluster changed each time that the change was planned",
        "Others change the cluster, or ask for changes of it, at the same moments. Nothing was "
        "stored.",
        "Send the request again.",
    ),
    ProblemType(
        "invalid-cluster-file",
        422,
        "The file of the cluster is not valid",
        "A file of a cluster is read as a whole or not at all. Each of errors has the line and the "
        "column of one fault, the JSON pointer of its field, what is wrong, and the way out.",
        "Correct all that is named and send the file again.",
    ),
)
