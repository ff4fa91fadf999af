"""A file that a command cannot use, with everything that is wrong with it."""

from collections.abc import Iterable, Iterator
from typing import Any

from cli.errors import Failure

MOST_TOLD = 100


def found(faults: int) -> str:
    return "1 fault was found" if faults == 1 else f"{faults} faults were found"


class FileRefused(Failure):
    """A file is used as a whole, or not at all."""

    def __init__(self, cannot: str, faults: Iterable[str], what_was_done: str) -> None:
        self.faults = list(dict.fromkeys(faults))
        super().__init__(f"{cannot}: {found(len(self.faults))}, and {what_was_done}")

    def lines(self) -> Iterator[str]:
        yield f"{self}:"
        yield from self.faults[:MOST_TOLD]
        if len(self.faults) > MOST_TOLD:
            yield f"and {len(self.faults) - MOST_TOLD} more"

    def document(self) -> dict[str, Any]:
        return {**super().document(), "errors": [{"detail": row} for row in self.faults]}
