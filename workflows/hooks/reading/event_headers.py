"""What kind of event a sender's header names; pure."""

from cluster.printable import LONGEST_LINE, short
from workflows.hooks.received import Received, TypeMissing


def named_type(received: Received, *names: str) -> str:
    """Return the first of these headers that is there. Raises ``TypeMissing`` where none is."""
    found = (short(_as_written(received.header(name)).strip(), LONGEST_LINE) for name in names)
    kind = next((value for value in found if value), "")
    if not kind:
        raise TypeMissing(
            f"cannot read the event: header {names[0]}, which names its kind, is missing; send it"
        )
    return kind


def _as_written(value: str) -> str:
    """Return a header as its sender wrote it: servers read its bytes as Latin-1, whatever they are.

    Zammad's name of a trigger is free text, and comes as UTF-8.
    """
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
