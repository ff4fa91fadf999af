"""The hosts of the inventory."""

from api.http.problem_types.problem_type import ProblemType
from cluster.actions import Action

HOSTS = (
    ProblemType(
        "host-not-found",
        404,
        "There is no host of that name",
        "The inventory does not know the host.",
        "Add the host, or look at those that there are.",
        (Action.LIST_HOSTS,),
    ),
    ProblemType(
        "hosts-differ",
        409,
        "Hosts of the list are in the inventory already, and differ",
        "A list of hosts adds those that are new, and changes the others only with replace. Each "
        "of hosts has the name of one that differs, its etag, and in changes what it is and what "
        "it would be. Nothing was stored, not of the other hosts either.",
        "Look at changes. If they are wanted, send the list with replace, and with the etag as "
        "if_match in the row of each host whose pinned key is to be replaced.",
    ),
    ProblemType(
        "host-in-use",
        409,
        "The host is in use",
        "A node cannot be deleted from the inventory or be given another address: MicroK8s does "
        "not survive that. A jump host cannot be deleted while others are reached through it.",
        "Remove the host from its cluster first; give the hosts behind it another jump host.",
    ),
    ProblemType(
        "host-held",
        409,
        "A job that is being carried out holds the host",
        "The job logs in to the host, or goes through it, with what the inventory says: address, "
        "port, user, key, pinned key, jump host and site stay as they are until it is finished. "
        "The member job is its id.",
        "Wait for the job, or cancel it; then send the request "
        "again. A job that has failed holds nothing: correct the host, then retry the job.",
    ),
    ProblemType(
        "host-taken",
        409,
        "A host of the change cannot be used",
        "Another change took the host, or it was deleted, since the change was planned.",
        "Plan the change again.",
    ),
    ProblemType(
        "precondition-required",
        428,
        "A pinned key is replaced only on purpose",
        "The key that is pinned tells the host from somebody who answers in its place. Both "
        "fingerprints stand in changes; of a list, each of hosts has them.",
        "Compare the new fingerprint with the one that ssh-keygen -lf prints on the host's "
        "console; then send the request with If-Match, or the row's if_match, and this etag.",
    ),
)
