"""The kinds of senders: one module each, found by the folder.

To add one, write ``workflows/hooks/sources/<name>.py`` with ``SOURCE = Source(...)``.
"""

from importlib import import_module
from pkgutil import iter_modules

from workflows.hooks.source import Source

_modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]

SOURCES: dict[str, Source] = {module.SOURCE.name: module.SOURCE for module in _modules}
"""Every kind of sender by its name in the rule file."""
