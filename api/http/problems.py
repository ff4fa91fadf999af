"""Every problem that the API can answer with, each with the page that explains it (RFC 9457)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, request

from api.advice import with_requests
from cluster.actions import Action, documents
from deploy_scripts.fleet.redaction import API_TOKEN, MASK

MEDIA_TYPE = "application/problem+json"
PAGES = "/problems/"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One sort of problem: its word, status and title, what it means and what to do next."""

    word: str
    status: int
    title: str
    meaning: str
    advice: str
    actions: tuple[Action, ...] = ()
    """What the advice comes down to where it needs no arguments; a problem may bring others."""

    @property
    def uri(self) -> str:
        return PAGES + self.word


class Problem(Exception):
    """One problem on its way to the client; ``extra`` are the document's further members."""

    def __init__(
        self,
        word: str,
        detail: str,
        extra: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.word, self.detail = word, detail
        self.extra, self.headers = extra or {}, headers or {}
        self.status = status or PROBLEMS[word].status


def answer(problem: Problem) -> Response:
    """Return ``problem`` as the document that RFC 9457 asks for."""
    kind = PROBLEMS[problem.word]
    document = {
        "type": kind.uri,
        "title": kind.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": API_TOKEN.sub(rf"\g<1>{MASK}", request.path),
        "advice": kind.advice,
        "actions": documents(action.of() for action in kind.actions),
        **problem.extra,
    }
    document = with_requests(document)
    text = current_app.json.dumps(document)
    return Response(text, problem.status, problem.headers, mimetype=MEDIA_TYPE)


_ALL = (
    ProblemType(
        "bad-request",
        400,
        "The request cannot be understood",
        "HTTP itself, or a header of the request, is not as it should be.",
        "Compare the request with the documentation of this API.",
    ),
    ProblemType(
        "malformed-json",
        400,
        "The body is not JSON",
        "The body could not be read as one JSON object: the detail says where reading stopped. "
        "NaN, Infinity and repeated keys are not JSON either.",
        "Correct the body and send it again; nothing was stored.",
    ),
    ProblemType(
        "invalid-idempotency-key",
        400,
        "The Idempotency-Key cannot be used",
        "An Idempotency-Key has 1 to 255 printable ASCII characters, with or without quotes.",
        "Send a fresh UUID as the key.",
    ),
    ProblemType(
        "unauthorized",
        401,
        "A valid token is needed",
        "The request has no token, one that this server does not know, or one that has ended; a "
        "token is sent in the header Authorization: Bearer cw_<id>_<secret>.",
        "Send a token that this server knows, or ask an admin for another; the first one is in the "
        "file token of its data directory.",
    ),
    ProblemType(
        "sign-in-refused",
        403,
        "The sign-in with single sign-on did not succeed",
        "A sign-in begins at this page's own button, goes to the issuer and comes back to the same "
        "browser, once and within ten minutes; what the issuer then tells has to be signed by it, "
        "for this page and for this very sign-in. The detail says what was not so.",
        "Sign in again from the sign-in page. If it stays so, whoever runs Clusterwright compares "
        "the client at the issuer with its settings.",
    ),
    ProblemType(
        "forbidden",
        403,
        "The token is not granted this",
        "Each route needs a permission, and each kind of change too: read, plan, change, destroy, "
        "approve or admin. The members permission and cluster say which, and on which cluster; "
        "null is all of them; roles has the roles that give it. Nothing was stored, and nothing "
        "has happened to any host.",
        "Use a token that has the permission, or ask whoever runs Clusterwright for it.",
    ),
    ProblemType(
        "four-eyes",
        403,
        "Somebody else has to approve the job",
        "Who has asked for a job, or for its approval anew, does not approve it, whichever of "
        "their tokens they use: a token that somebody makes is their own too, unless it is made "
        "for somebody else. The job waits still.",
        "Ask whoever has the role approver or admin for the cluster to approve it. Where somebody "
        "else has a token that you made, make them one of their own: clusterwright tokens create "
        "NAME --role approver --for PERSON.",
    ),
    ProblemType(
        "foreign-form",
        403,
        "The form was not sent by this page",
        "A form of the web page carries a secret of the browser's session, and comes from this "
        "site. This one did not, so nothing was done.",
        "Load the page again, then send its form.",
    ),
    ProblemType(
        "not-found",
        404,
        "There is nothing at this address",
        "No route of the API has this path.",
        "Look in the documentation of this API for the paths that there are.",
    ),
    ProblemType(
        "host-not-found",
        404,
        "There is no host of that name",
        "The inventory does not know the host.",
        "Add the host, or look at those that there are.",
        (Action.LIST_HOSTS,),
    ),
    ProblemType(
        "no-drill",
        404,
        "The job is no drill",
        "Only a job of kind drill has a report of how the cluster lived without a node.",
        "List those that there are with clusterwright drills list CLUSTER.",
    ),
    ProblemType(
        "hook-not-found",
        404,
        "There is no hook of that name",
        "Events are taken from the senders that stand under sources in the rules, and from nobody "
        "else.",
        "Add the sender to the rule file, and apply it.",
    ),
    ProblemType(
        "subscription-not-found",
        404,
        "There is no subscription of that name",
        "No receiver is told of events under this name; one that was removed is forgotten.",
        "List the subscriptions with clusterwright subscriptions list.",
    ),
    ProblemType(
        "subscription-refused",
        409,
        "The subscription cannot be added",
        "There is one of that name already, or there are as many as are kept.",
        "Choose another name, or remove the one that is there.",
    ),
    ProblemType(
        "delivery-not-found",
        404,
        "There is no delivery of that id",
        "The last 200 deliveries of a subscription that arrived are kept, and the last 1000 that "
        "were given up.",
        "List those that are kept with clusterwright subscriptions deliveries NAME.",
    ),
    ProblemType(
        "delivery-not-replayed",
        409,
        "The delivery cannot be sent anew",
        "Only a delivery that was given up is sent anew, and only to a receiver that is not "
        "disabled.",
        "Look at the delivery; enable its subscription first where that is disabled.",
    ),
    ProblemType(
        "receiver-lost",
        409,
        "The address of the receiver is not there",
        "Addresses and secrets of receivers stand in files of the data directory. The file of "
        "this one is missing, or cannot be read.",
        "Remove the subscription and add it anew, or put the file back.",
    ),
    ProblemType(
        "unsigned-event",
        401,
        "Nobody knows who has sent the event",
        "An event is believed when it is signed with the sender's secret, as that kind of sender "
        "signs, and where it has a moment, within minutes of it. What is wrong stands in the log "
        "of the API alone.",
        "Compare the secret that is entered where the events come from with the one here, and both "
        "clocks; the log of the API says what is wrong.",
    ),
    ProblemType(
        "unreadable-event",
        400,
        "The event cannot be read",
        "It is signed as it should be, and is not what this kind of sender sends. Sending it again "
        "does not help.",
        "Compare kind in the rule file with who sends the events.",
    ),
    ProblemType(
        "token-not-found",
        404,
        "There is no token with that id",
        "No token has the id, or it was revoked: a revoked id never comes back.",
        "Look at the tokens that there are: clusterwright tokens list.",
    ),
    ProblemType(
        "last-admin-token",
        409,
        "It is the last token that may administer",
        "No other token that is valid now has the permission admin for all clusters, so nobody "
        "could make tokens any more. Nothing was revoked.",
        "Make another token with the role admin, and revoke this one with that; or, where the API "
        "runs, use python -m api.local_token revoke: the next start makes a first token again.",
    ),
    ProblemType(
        "token-not-rotated",
        409,
        "The token cannot be rotated",
        "A token is rotated once, while it is valid. The first token stands in a file that the "
        "local command line reads, and is changed where the API runs.",
        "Do what the detail says; a token that has ended is replaced by one that is made anew.",
    ),
    ProblemType(
        "cluster-not-found",
        404,
        "There is no cluster of that name",
        "No change has created a cluster of that name, or it was taken apart.",
        "Look at the clusters that there are.",
        (Action.LIST_CLUSTERS,),
    ),
    ProblemType(
        "job-not-found",
        404,
        "There is no job with that id",
        "The id is not one that a change was answered with.",
        "Look at the jobs that there are.",
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
        "method-not-allowed",
        405,
        "This address does not take that method",
        "The path exists, and the method is not one of those in the Allow header.",
        "Use a method of the Allow header.",
    ),
    ProblemType(
        "slow-body",
        408,
        "The body came too slowly",
        "A body has to be whole within 10 seconds, so that nobody holds the server by sending "
        "nothing. The connection is closed.",
        "Send the request again, with its body at once.",
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
        "cluster-busy",
        409,
        "The cluster changed each time that the change was planned",
        "Others change the cluster, or ask for changes of it, at the same moments. Nothing was "
        "stored.",
        "Send the request again.",
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
        "not-possible",
        409,
        "The job is not in a status that allows this",
        "The member job_status tells where the job stands, and possible what can be asked of it.",
        "Ask for what is possible now, or wait.",
    ),
    ProblemType(
        "precondition-failed",
        412,
        "It is not in the state that the request was meant for",
        "If-Match acts only on the state whose ETag it names: of a host, as if_match does in a row "
        "of a list, of a token, a job or a cluster. The member etag names the state as it is. "
        "If-None-Match: * adds a host and never changes one. Of a host, host tells the state as it "
        "is, and changes what the request would have changed; of a list, each of hosts has them.",
        "Look at the state as it is, or at changes. If the request is still wanted, send it with "
        "If-Match, or the row's if_match, and this etag.",
    ),
    ProblemType(
        "schedule-not-found",
        404,
        "There is no such schedule",
        "No schedule has that name, or the one that has it is of another cluster.",
        "List the schedules.",
        (Action.LIST_SCHEDULES,),
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
        "no-such-entry",
        404,
        "There is no such window or freeze",
        "No maintenance window, or no freeze, has that name.",
        "List those that there are.",
        (Action.LIST_WINDOWS, Action.LIST_FREEZES),
    ),
    ProblemType(
        "schedule-taken",
        409,
        "Another cluster has a schedule of that name",
        "A schedule is named once, whichever cluster it is for. Nothing was stored.",
        "Choose another name, or remove the schedule that has it.",
        (Action.LIST_SCHEDULES,),
    ),
    ProblemType(
        "too-many-entries",
        409,
        "There are too many already",
        "There may be 500 schedules, and 200 windows and freezes. Nothing was stored.",
        "Remove those that nobody needs any more.",
        (Action.LIST_SCHEDULES, Action.LIST_FREEZES),
    ),
    ProblemType(
        "schedule-moved",
        412,
        "The schedule is not in the state that the request was meant for",
        "If-Match replaces only the schedule whose ETag it names, and If-None-Match: * adds one "
        "and never replaces one. Nothing was stored.",
        "Read the schedule again, write your changes into that, and send it with its ETag.",
        (Action.LIST_SCHEDULES,),
    ),
    ProblemType(
        "rules-moved",
        412,
        "The rules are not in the state that the request was meant for",
        "If-Match replaces only the rule file whose ETag it names, and somebody has written "
        "another since it was read. Nothing was stored.",
        "Read the rules again, write your changes into those, and send them with their ETag.",
    ),
    ProblemType(
        "policy-moved",
        412,
        "The approval policy is not in the state that the request was meant for",
        "If-Match replaces only the policy whose ETag it names, and somebody has written another "
        "since it was read. Nothing was stored.",
        "Read the policy again, change that, and send it with its ETag.",
    ),
    ProblemType(
        "too-large",
        413,
        "The body is too large",
        "A body may have 64 KiB at most, a list of hosts or a rule file 1 MiB, and a sign-in "
        "4 KiB; a change with its plan has 1 MiB at most.",
        "Send a smaller body, or ask for less in one change.",
    ),
    ProblemType(
        "unsupported-media-type",
        415,
        "The body is not declared as JSON",
        "Bodies are read as JSON only.",
        "Send the header Content-Type: application/json.",
    ),
    ProblemType(
        "invalid-request",
        422,
        "The request is not valid",
        "The JSON could be read, and some of its fields or the query's parameters are not as they "
        "should be. Each of errors has the JSON pointer of one field and what is wrong with it.",
        "Correct the fields that are named and send it again; nothing was stored.",
    ),
    ProblemType(
        "invalid-rules",
        422,
        "The rule file is not valid",
        "A rule file is taken as a whole or not at all. Each of errors has the line and the column "
        "of one fault, the JSON pointer of its field, what is wrong, and the way out.",
        "Correct all that is named and send the file again; the former rules stay meanwhile.",
    ),
    ProblemType(
        "invalid-cluster-file",
        422,
        "The file of the cluster is not valid",
        "A file of a cluster is read as a whole or not at all. Each of errors has the line and the "
        "column of one fault, the JSON pointer of its field, what is wrong, and the way out.",
        "Correct all that is named and send the file again.",
    ),
    ProblemType(
        "idempotency-mismatch",
        422,
        "The Idempotency-Key was used for another request",
        "A key stands for one request. This one has another body than the first with the key.",
        "Use a fresh key for a new request.",
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
    ProblemType(
        "too-many-attempts",
        429,
        "Too many attempts to sign in have failed",
        "From this address, several tokens were tried that this server does not know.",
        "Wait as long as the header Retry-After says, then sign in with a token from the data "
        "directory.",
    ),
    ProblemType(
        "too-many-requests",
        429,
        "Too many requests within a short time",
        "How often a token, a person, a sender of events or an address without any of these may "
        "ask is limited. The header RateLimit-Policy tells the limit and RateLimit what is left of "
        "it and in how many seconds it begins anew; the members limit, most and window_seconds "
        "tell the one that was reached. Nothing was stored.",
        "Wait as long as the header Retry-After says. Ask less often: wait=30 waits for news of a "
        "job, its events come by one request, and If-None-Match costs least. Whoever runs "
        "Clusterwright raises the limit with CLUSTERWRIGHT_LIMITS.",
    ),
    ProblemType(
        "internal",
        500,
        "Something went wrong in the server",
        "This is a defect of the server. Its log has the cause under the request's id.",
        "Report it with the request_id. Sending a change again is safe: an identical change that "
        "is not finished keeps its job.",
    ),
    ProblemType(
        "issuer-unavailable",
        503,
        "The issuer of identities does not answer",
        "Tokens of the issuer are verified with its keys, and none is known that is less than a "
        "day old. Tokens of Clusterwright itself, cw_<id>_<secret>, are taken all the same.",
        "Wait as long as Retry-After says. If it stays so, whoever runs Clusterwright looks into "
        "the log of the API for the cause, and compares CLUSTERWRIGHT_OIDC_ISSUER with the issuer.",
    ),
    ProblemType(
        "redis-unavailable",
        503,
        "Redis does not answer",
        "Jobs, hosts and clusters are kept in Redis, and it could not be reached.",
        "Start Redis and look whether the server is ready. Sending a change again is safe: an "
        "identical change that is not finished keeps its job.",
        (Action.CHECK_STACK,),
    ),
    ProblemType(
        "redis-refuses",
        503,
        "Redis does not serve",
        "Redis answers, and refuses what is needed: its memory is full, its disk, it is a replica, "
        "its password is another. The member refusal is Redis' own word for it.",
        "Do what the advice of this refusal says where Redis runs; then send the request again.",
    ),
    ProblemType(
        "too-many-streams",
        503,
        "Too many clients are following jobs",
        "This server process follows as many event streams as it may.",
        "Ask for the job again and again instead, or connect again after Retry-After seconds.",
    ),
    ProblemType(
        "not-ready",
        503,
        "The server is not ready to carry out changes",
        "One of the checks failed; each says what to do.",
        "Do what the failing check advises.",
    ),
)

PROBLEMS: Mapping[str, ProblemType] = {kind.word: kind for kind in _ALL}
"""Every problem by its word, which is the last part of its ``type``."""
