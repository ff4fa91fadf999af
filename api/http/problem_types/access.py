"""Who asks: tokens, signing in, and what a role lets somebody do."""

from api.http.problem_types.problem_type import ProblemType

ACCESS = (
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
        "policy-moved",
        412,
        "The approval policy is not in the state that the request was meant for",
        "If-Match replaces only the policy whose ETag it names, and somebody has written another "
        "since it was read. Nothing was stored.",
        "Read the policy again, change that, and send it with its ETag.",
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
        "issuer-unavailable",
        503,
        "The issuer of identities does not answer",
        "Tokens of the issuer are verified with its keys, and none is known that is less than a "
        "day old. Tokens of Clusterwright itself, cw_<id>_<secret>, are taken all the same.",
        "Wait as long as Retry-After says. If it stays so, whoever runs Clusterwright looks into "
        "the log of the API for the cause, and compares CLUSTERWRIGHT_OIDC_ISSUER with the issuer.",
    ),
)
