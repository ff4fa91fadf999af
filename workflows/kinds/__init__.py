"""The kinds of change: one module each, found by the folder.

To add one, write ``workflows/kinds/<kind>.py`` with a marshmallow schema of its params, a pure
``plan(change, scope) -> Plan``, and ``KIND = Kind(...)`` with an example.
"""

from importlib import import_module
from pkgutil import iter_modules

from workflows.access import Permission
from workflows.plan import Kind

_modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]

KINDS: dict[str, Kind] = {module.KIND.name: module.KIND for module in _modules}
"""Every kind of change by its name on the wire."""


def permission_of(kind: str) -> Permission:
    """Return what somebody needs who asks for a kind of change; most for one that is unknown."""
    return KINDS[kind].permission if kind in KINDS else Permission.DESTROY
