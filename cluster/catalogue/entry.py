"""One row of the catalogue: codes that belong together."""

from dataclasses import dataclass

from cluster.findings import Severity


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: codes that belong together."""

    words: str
    """The codes, with blanks between."""
    severity: Severity
    says: str
    """What is so, in Markdown; where ``do`` is empty, often also what to do."""
    do: str = ""
    acceptable: bool = False
    """Whether a request may override it, at least in some cases."""

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.words.split())
