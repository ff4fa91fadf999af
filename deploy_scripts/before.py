"""What a step found before its first change, kept so that its undo can put it back."""

from collections.abc import Callable, Mapping
from typing import Any


class Before:
    """Notes of how things were; what an earlier attempt noted is never overwritten.

    ``store`` keeps all notes; it raises where the attempt may not go on, because another has its
    step by now, and nothing is to be changed then.
    """

    def __init__(
        self, noted: Mapping[str, Any], store: Callable[[Mapping[str, Any]], object]
    ) -> None:
        self._noted, self._store = dict(noted), store

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
