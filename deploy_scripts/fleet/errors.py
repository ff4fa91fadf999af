"""What a step may raise, and what a failed host looks like.

StepError          the step cannot go on
├── Transient      a command failed: worth another attempt
├── NotYet         nothing is wrong, and nothing is there yet: looked for again later
├── NeedsPerson    a person has to do something first
└── Permanent      an assumption is false: a person must mend it first
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cluster.actions import Advised
from cluster.findings import Finding
from cluster.printable import LONGEST_TEXT, short

LAST_LINES = 10
"""So many lines of a command's output are kept: the last ones."""

STORE_CODE = "snap-store"
"""The code of a failure that is the snap store's, or of the way to it: time mends it."""


@dataclass(frozen=True, slots=True)
class HostFailure:
    """Why one host failed: its last lines, redacted, and what to do."""

    host: str
    message: str
    operation: str = ""
    """The title of what was done, for example ``Install MicroK8s 1.32/stable``."""
    command: str = ""
    """The shell line that failed, redacted and on one line; empty when nothing was run."""
    exit_code: int | None = None
    """Of that line; ``None`` when it did not end by itself."""
    lines: tuple[str, ...] = ()
    advice: str = ""
    code: str = "command-failed"
    actions: tuple[Advised, ...] = ()
    """What the advice comes down to, for clients to word."""

    def __post_init__(self) -> None:
        """Keep what a host says within bounds, and visible, wherever it is shown later."""
        keep = object.__setattr__
        keep(self, "message", short(self.message, LONGEST_TEXT))
        keep(self, "operation", short(self.operation))
        keep(self, "command", short(self.command))
        keep(self, "lines", tuple(short(line) for line in self.lines[-LAST_LINES:]))
        keep(self, "advice", short(self.advice, LONGEST_TEXT))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"lines": list(self.lines)}


class StepError(Exception):
    """A step cannot go on."""

    def __init__(
        self,
        message: str,
        *,
        failures: Sequence[HostFailure] = (),
        advice: str = "",
        findings: Sequence[Finding] = (),
    ) -> None:
        super().__init__(message)
        self.failures, self.advice, self.findings = tuple(failures), advice, tuple(findings)


class Transient(StepError):
    """A command failed; the same step may succeed in another attempt."""


class NotYet(StepError):
    """What the step waits for is not there yet; it looks again in ``after`` seconds.

    The message says what it waits for, as half a sentence, and ``otherwise`` what cannot be done if
    that never comes: ``cannot see cp-2 settle``. It costs no attempt, until the step's patience
    ends before another host is done, or the step.
    """

    def __init__(
        self,
        message: str,
        *,
        after: float,
        otherwise: str = "",
        advice: str = "",
        findings: Sequence[Finding] = (),
    ) -> None:
        super().__init__(message, advice=advice, findings=findings)
        self.after, self.otherwise = after, otherwise


class NeedsPerson(StepError):
    """A person has to do what the message says, and then have the job look again.

    There is nothing to wait for while an undo is under way: then it is an error.
    """


class Permanent(StepError):
    """An assumption is false; another attempt would fail in the same way."""
