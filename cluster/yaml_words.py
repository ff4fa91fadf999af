"""What is wrong with a field, said to somebody who sees its line and not its pointer; pure."""

from typing import Any

from cluster.printable import short

A_TEXT = "cannot use {name}: a text is wanted"
OF_A_SCHEMA = {
    "cannot leave this field out: it is required": "cannot leave {name} out: it is required",
    "cannot use this value: not a valid string": A_TEXT,
    "cannot use this value: not a valid list": "cannot use {name}: a list is wanted, as in "
    "[this, that]",
    "cannot use this value: not a valid mapping type": "cannot use {name}: names with values are "
    "wanted, as in this: that",
    "cannot use this value: field may not be null": "cannot use {name} with nothing behind it: say "
    "what, or leave it out",
}
"""What a schema says of any field, with the field's name."""


def with_name(detail: str, pointer: str, whole: Any, number: str) -> str:
    """Return what a schema says of the field at a pointer of a document, with the field's name.

    ``number`` is how the number there is written; empty where none is.
    """
    told = OF_A_SCHEMA.get(detail)
    if told is None:
        return detail
    if told is A_TEXT and number:
        return quoted(number, "a number")
    parent, _, last = pointer.rpartition("/")
    is_entry = last.isdecimal() and isinstance(_at(whole, parent), list)
    return told.format(name="this entry" if is_entry else short(_unescaped(last), 80) or "this")


def quoted(text: str, read_as: str) -> str:
    """Return that YAML takes a text for something else, and how to write it as a text."""
    shown = short(text, 80)
    return f'cannot use {shown}: YAML reads it as {read_as}; write "{shown}"'


def _at(found: Any, pointer: str) -> Any:
    """Return the part of a document at a pointer; nothing where there is none."""
    for name in map(_unescaped, pointer.split("/")[1:]):
        if isinstance(found, list):
            found = found[int(name)] if name.isdecimal() and int(name) < len(found) else None
        else:
            found = found.get(name) if isinstance(found, dict) else None
    return found


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
