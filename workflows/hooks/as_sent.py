"""What a sender sends, when somebody has its document alone: read as its kind reads it; pure."""

import json

from workflows.hooks.received import Event, Received, TypeMissing
from workflows.hooks.source import Source


def events_of(kind: Source, event: Event) -> tuple[Event, ...]:
    """Return the events that the data of one tells of, if it is what a sender of this kind sends.

    One that has a type, or anything else beside its data, is an event already. So is one whose
    type stands in a header, which nobody has kept: it stays without a type. Raises ``Unreadable``
    for what the hook could not read either.
    """
    if event.type or event.id or event.subject or event.is_over:
        return (event,)
    # Of all kinds CloudEvents alone looks at it: there a list is a batch.
    form = "application/cloudevents" + ("-batch+json" if isinstance(event.data, list) else "+json")
    received = Received({"content-type": form}, json.dumps(event.data).encode(), at=0.0)
    try:
        return kind.translate(received)
    except TypeMissing:
        return (event,)
