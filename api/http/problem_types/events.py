"""Events that come in by hooks and their rules, and go out to subscribers."""

from api.http.problem_types.problem_type import ProblemType

EVENTS = (
    ProblemType(
        "hook-not-found",
        404,
        "There is no hook of that name",
        "Events are taken from the senders that stand under sources in the rules, and from nobody "
        "else.",
        "Add the sender to the rule file, and apply it.",
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
        "rules-moved",
        412,
        "The rules are not in the state that the request was meant for",
        "If-Match replaces only the rule file whose ETag it names, and somebody has written "
        "another since it was read. Nothing was stored.",
        "Read the rules again, write your changes into those, and send them with their ETag.",
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
)
