"""JMESPath expressions within bounds: of their text, their work, and of what they find; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

from cluster.printable import short

LONGEST_EXPRESSION = 500
MOST_GROWTH = 64
"""How many times as large as the event its result, or a part of it on the way, may become."""
MOST_FOUND = 5000
"""Values that a result may have, those within each other too."""
LONGEST_FOUND = 64 * 1024
"""Characters of all its texts together."""
DEEPEST_FOUND = 30
QUOTED = 60
FAILURES = (JMESPathError, ArithmeticError, ValueError, TypeError, LookupError, RecursionError)
"""What JMESPath ends in where an event is not as an expression expects it."""
# A literal without its quotes is a warning only, which becomes an error where warnings are errors.
UNREADABLE = (*FAILURES, Warning)


class BadExpression(Exception):
    """A text is no JMESPath, or asks for more work than an event is worth."""


class NotFound(Exception):
    """An expression could not be carried out on an event, or finds too much in it."""


@dataclass(frozen=True, slots=True)
class Expression:
    """One JMESPath expression, compiled."""

    text: str
    parsed: ParsedResult = field(repr=False, compare=False)

    def search(self, document: Any) -> Any:
        """Return what it finds, ``None`` where there is nothing. Raises ``NotFound``."""
        try:
            found = self.parsed.search(document)
        except FAILURES as error:
            cause = short(str(error) or type(error).__name__, 200)
            raise NotFound(f"cannot search {self.text[:QUOTED]}: {cause}") from None
        _measure(found, self.text)
        return found


def compiled(text: str) -> Expression:
    """Return the expression of a text. Raises ``BadExpression``, which says what is wrong."""
    shown = short(text, QUOTED)
    if not text.strip():
        raise BadExpression("cannot use an empty expression: write JMESPath, such as issue.key")
    if len(text) > LONGEST_EXPRESSION:
        raise BadExpression(
            f"cannot use an expression of {len(text)} characters: {LONGEST_EXPRESSION} at most"
        )
    try:
        parsed = jmespath.compile(text)
    except UNREADABLE as error:
        cause = " ".join(str(error).split()) or type(error).__name__
        raise BadExpression(
            f"cannot read {shown} as JMESPath: {short(cause, 200)}; texts in it stand in single "
            "quotes"
        ) from None
    if not all(growth <= MOST_GROWTH for growth in _growths(parsed.parsed)):
        raise BadExpression(
            f"cannot use {shown}: it may make more than {MOST_GROWTH} times as much of an event; "
            "say less at once"
        )
    return Expression(text, parsed)


def _growths(node: Mapping[str, Any]) -> Iterator[float]:
    """Yield of an expression and each of its parts how much larger its result may be."""
    yield _growth(node)
    for child in node["children"]:
        if isinstance(child, Mapping):
            yield from _growths(child)


def _growth(node: Mapping[str, Any]) -> float:
    """Return how much larger than its input a result may be, at most; a part of it counts as 1.

    What stands side by side adds up, and what is applied to the result of another multiplies.
    """
    inner = [_growth(child) for child in node["children"] if isinstance(child, Mapping)]
    match node["type"]:
        case "literal":
            return 1 + _size(node["value"]) / 8
        case "multi_select_list" | "multi_select_dict" | "function_expression":
            doubled = 2 if node.get("value") == "to_string" else 1  # quotes within it are escaped
            applies = any(child["type"] == "expref" for child in node["children"])
            return max(1.0, prod(inner) if applies else sum(inner)) * doubled
        case "or_expression" | "and_expression":
            return max(inner)
        case "comparator" | "not_expression":
            return 1.0
        case _:
            return prod(inner)


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(8 + _size(inner) for inner in value.values())
    return sum(8 + _size(inner) for inner in value) if isinstance(value, list) else 1


def _measure(found: Any, text: str) -> None:
    """Raise ``NotFound`` for what is no JSON, or more than a change could need."""
    values, characters = 0, 0
    waiting = [(found, 0)]
    while waiting:
        value, depth = waiting.pop()
        values += 1
        if isinstance(value, str):
            characters += len(value)
        elif isinstance(value, Mapping):
            waiting += [(inner, depth + 1) for row in value.items() for inner in row]
        elif isinstance(value, list):
            waiting += [(inner, depth + 1) for inner in value]
        elif not (value is None or isinstance(value, bool | int | float)):
            raise NotFound(f"cannot use what {text[:QUOTED]} finds: it is no JSON")
        within = values + len(waiting) <= MOST_FOUND and characters <= LONGEST_FOUND
        if depth > DEEPEST_FOUND or not within:
            raise NotFound(
                f"cannot use what {text[:QUOTED]} finds: it is more than {MOST_FOUND} values or "
                f"{LONGEST_FOUND} characters, or deeper than {DEEPEST_FOUND}"
            )
