"""How a request is made: its address, its body, its headers, and how often."""

from api.http.problem_types.problem_type import ProblemType

REQUESTS = (
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
        "not-found",
        404,
        "There is nothing at this address",
        "No route of the API has this path.",
        "Look in the documentation of this API for the paths that there are.",
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
        "idempotency-mismatch",
        422,
        "The Idempotency-Key was used for another request",
        "A key stands for one request. This one has another body than the first with the key.",
        "Use a fresh key for a new request.",
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
)
