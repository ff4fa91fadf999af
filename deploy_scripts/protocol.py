"""What a step is given beside its arguments, and what it gives back.

Each step is a module with ``INTERRUPTIBLE``, ``UNDO`` and ``ASKS``, the function
``apply(fleet, *, before, ...) -> Result`` and, where ``UNDO`` is ``"does"``, an ``undo`` of the
same form. A step that notes nothing deletes ``before``, as it does what only its other half needs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cluster.observation import Observation


class Before:
    """Notes of how things were; what an earlier attempt noted is never overwritten.

    ``store`` keeps all notes, and answers whether the attempt may still go on. ``has_waited`` says
    whether the step is waiting for something (``NotYet``): what it did before is then looked for,
    and not begun afresh.
    """

    def __init__(
        self,
        noted: Mapping[str, Any],
        store: Callable[[Mapping[str, Any]], object],
        *,
        has_waited: bool = False,
    ) -> None:
        self._noted, self._store, self.has_waited = dict(noted), store, has_waited

    @property
    def noted(self) -> Mapping[str, Any]:
        """What was noted by this attempt and by earlier ones."""
        return self._noted

    def note(self, values: Mapping[str, Any]) -> None:
        """Keep values, before the first change: by name, each of which is noted once."""
        new = {name: value for name, value in values.items() if name not in self._noted}
        if new:
            self._noted |= new
            self._store(self._noted)


@dataclass(frozen=True, slots=True)
class Result:
    """What a step has to tell once it is done."""

    output: Mapping[str, Any] = field(default_factory=dict)
    """Kept with the step, for those that read the job and for later steps; made of JSON's types."""
    observation: Observation | None = None
    """What was seen of the cluster; it becomes what is known of it."""
