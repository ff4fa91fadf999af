"""What kind of event a sender's header names; pure."""

from cluster.printable import LONGEST_LINE, short
from workflows.hooks.received import Received, Unreadable


def named_type(received: Received, *names: str) -> str:
    """Return the first of these headers that is there. Raises ``Unreadable`` where none is."""
    found = (short(received.header(name).strip(), LONGEST_LINE) for name in names)
    kind = next((value for value in found if value), "")
    if not kind:
        raise Unreadable(
            f"cannot read the event: header {names[0]}, which names its kind, is missing; send it"
        )
    return kind
