"""What pyinfra works out anew for each host and operation although it never changes.

Its list of connectors comes from reading the metadata of every installed package, and the types of
its global arguments from evaluating annotations. Both took more time than the rest of a short run
together, so a process works each out once (measured: docs/performance.md).
"""

import functools

from pyinfra.api import arguments, connectors
from pyinfra.connectors import base

CONSTANT = ((connectors, "entry_points"), (arguments, "get_type_hints"), (base, "get_type_hints"))


def remember() -> None:
    """Make pyinfra keep its constants; a second call changes nothing."""
    for module, name in CONSTANT:
        work_out = getattr(module, name)
        if not hasattr(work_out, "cache_info"):
            setattr(module, name, functools.cache(work_out))
