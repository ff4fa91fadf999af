"""The kinds of change: one module each, found by the folder.

To add one, write ``workflows/kinds/<kind>.py`` with a marshmallow schema of its params, a pure
``plan(change, scope) -> Plan``, and ``KIND = Kind(...)`` with an example.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from workflows.access import Permission
from workflows.checks import check_of
from workflows.plan import Kind

_modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]

KINDS: dict[str, Kind] = {module.KIND.name: module.KIND for module in _modules}
"""Every kind of change by its name on the wire."""
CHECKS: dict[str, Kind] = {check.name: check for check in map(check_of, KINDS.values())}
"""For each of them the kind that only asks the hosts; it is offered to nobody."""


def kind_of(name: str) -> Kind:
    """Return the kind of a change, or of a check. Raises ``KeyError``."""
    return KINDS.get(name) or CHECKS[name]


def permission_of(name: str) -> Permission:
    """Return what somebody needs at most for a kind of change; most for one that is unknown."""
    known = KINDS.get(name) or CHECKS.get(name)
    return known.permission if known else Permission.DESTROY


def permission_for(name: str, params: Mapping[str, Any]) -> Permission:
    """Return what somebody needs who asks for a kind of change with these params."""
    known = KINDS.get(name)
    if known and known.milder and known.milder.fits(params):
        return known.milder.permission
    return permission_of(name)
