"""What builds the address of a route is compiled once, not for each application of a test.

Compiling is most of what an application costs, and every test of the API makes one. What is
compiled depends on the text of the route alone: it is handed the rule that it builds for.
"""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_compile = Rule._compile_builder
_compiled: dict[Any, Callable[..., tuple[str, str]]] = {}


def compile_routes_once() -> None:
    """Have every rule of this process share what was compiled for the first of its text."""
    Rule._compile_builder = _compile_unless_known


def _compile_unless_known(
    rule: Rule, append_unknown: bool = True
) -> Callable[..., tuple[str, str]]:
    if rule.defaults:
        return _compile(rule, append_unknown)
    key = (*rule._trace, append_unknown)
    if key not in _compiled:
        _compiled[key] = _compile(rule, append_unknown)
    return _compiled[key]
