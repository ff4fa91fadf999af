"""JSON that a host printed, read without an accident. Pure."""

import json
import math
from collections.abc import Sequence
from typing import Any

LONGEST = 256 * 1024
"""Letters; the largest honest answer, a measurement between a thousand hosts, has as many."""
LONGEST_NUMBER = 40


class Unreadable(ValueError):
    """An answer that no host gives which did what it was asked to do."""


def read_json(text: str) -> Any:
    """Return what a text holds.

    Raises ``Unreadable`` for what is no JSON, is too long or too deep, or holds what is no number.
    """
    if len(text) > LONGEST:
        raise Unreadable(f"it has {len(text)} letters, {LONGEST} at most are right")
    try:
        return json.loads(text, parse_int=_whole, parse_float=_real, parse_constant=_real)
    except RecursionError:
        raise Unreadable("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"it is no JSON: {error}") from None


def table(value: object, what: str) -> dict[str, Any]:
    """Return a value that has to be a table; ``what`` names it where it is none."""
    if not isinstance(value, dict):
        raise Unreadable(f"{what} is no table")
    return value


def rows(value: object, what: str) -> list[Any]:
    """Return a value that has to be a list."""
    if not isinstance(value, list):
        raise Unreadable(f"{what} is no list")
    return value


def word(value: object, what: str) -> str:
    """Return a value that has to be a text."""
    if not isinstance(value, str):
        raise Unreadable(f"{what} is no text")
    return value


def answer_of(lines: Sequence[str], first_key: str) -> str:
    """Return a program's answer: the last line that is a table of JSON and begins with a key.

    Raises ``ValueError`` without one.
    """
    line = next((line for line in reversed(lines) if line.startswith(f'{{"{first_key}"')), None)
    if line is None:
        raise ValueError("the program's answer is missing")
    return line


def whole(value: object, what: str) -> int:
    """Return a value that has to be a whole number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unreadable(f"{what} is no whole number")
    return value


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise Unreadable(f"it holds a number of {len(text)} digits")
    return int(text)


def _real(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise Unreadable(f"it holds {text[:LONGEST_NUMBER]}, which is no number")
    return value
