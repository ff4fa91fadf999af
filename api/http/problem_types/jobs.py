"""A job, and what may be asked of it."""

from api.http.problem_types.problem_type import ProblemType
from cluster.actions import Action

JOBS = (
    ProblemType(
        "job-not-found",
        404,
        "There is no job with that id",
        "The id is not one that a change was answered with.",
        "Look at the jobs that there are.",
        (Action.LIST_JOBS,),
    ),
    ProblemType(
        "no-drill",
        404,
        "The job is no drill",
        "Only a job of kind drill has a report of how the cluster lived without a node.",
        "List those that there are with clusterwright drills list CLUSTER.",
    ),
    ProblemType(
        "no-credential",
        404,
        "The job has issued no credential",
        "It is of another kind than issue-kubeconfig, or it has not come to its end, or it failed.",
        "Look at the job; have another credential issued.",
        (Action.LIST_JOBS,),
    ),
    ProblemType(
        "job-ambiguous",
        409,
        "Several jobs have an id that begins so",
        "An id may be shortened to its first 4 signs or more, as long as one job alone is meant. "
        "The member candidates has those that might be.",
        "Give more signs of the id.",
    ),
    ProblemType(
        "job-overtaken",
        409,
        "Another job has changed the cluster since",
        "A job goes on, or back, only while the cluster's record is the one that it left. Another "
        "job has written it since; the link job leads to that one.",
        "Look at the cluster, and ask for what is still missing as a new change.",
    ),
    ProblemType(
        "no-way-back",
        409,
        "What the job has done cannot be undone",
        "A step of the job has begun that has no way back, such as a node that has left its "
        "cluster. The detail names it.",
        "Mend what keeps the job from going on, and retry it.",
    ),
    ProblemType(
        "host-needed",
        409,
        "The job does not go on without that host",
        "A retry leaves hosts out that are lost for good, as long as they are no nodes yet, nobody "
        "has approved the plan with them, and what was done is what the plan without them begins "
        "with. The detail says which of it is not so.",
        "Roll the job back without the hosts, and ask for the change anew.",
    ),
    ProblemType(
        "not-possible",
        409,
        "The job is not in a status that allows this",
        "The member job_status tells where the job stands, and possible what can be asked of it.",
        "Ask for what is possible now, or wait.",
    ),
)
