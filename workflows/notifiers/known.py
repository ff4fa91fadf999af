"""Every kind of receiver that there is, found by the folder.

To add one, write ``workflows/notifiers/<name>.py`` with ``NOTIFIER = Notifier(...)``.
"""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from workflows.notifiers.notifier import Notifier

_names = sorted(found.name for found in iter_modules([str(Path(__file__).parent)]))
_modules = [import_module(f"workflows.notifiers.{name}") for name in _names if name != "known"]

NOTIFIERS: dict[str, Notifier] = {
    module.NOTIFIER.name: module.NOTIFIER for module in _modules if hasattr(module, "NOTIFIER")
}
"""Every kind of receiver by its name in a subscription."""
