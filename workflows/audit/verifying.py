"""Whether the audit log is whole: the chain in Redis, the one in the file, and both compared."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest

from workflows.audit.records import BadRecord, Record


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong with a chain, or with two of them."""

    where: str
    """``redis``, ``file``, or ``both`` where they differ."""
    number: int
    """Of the record, as it is counted from 1."""
    says: str

    def as_dict(self) -> dict[str, object]:
        return {"where": self.where, "number": self.number, "says": self.says}


@dataclass(slots=True)
class Chain:
    """One chain while it is being read; knows its first fault."""

    where: str
    count: int = 0
    last: Record | None = None
    fault: Fault | None = None
    _former: str = field(default="", repr=False)

    def read(self, line: str) -> None:
        """Take the next line in."""
        self.count += 1
        try:
            record = Record.of(line)
        except BadRecord as error:
            self._note(str(error))
            self._former = ""
            return
        if record.number != self.count:
            self._note(f"number {record.number} stands in its place")
        elif record.former != self._former:
            self._note("it does not hold the hash of the record before")
        self.last, self._former = record, record.hash

    def _note(self, says: str) -> None:
        if self.fault is None:
            self.fault = Fault(self.where, self.count, says)


@dataclass(frozen=True, slots=True)
class Findings:
    """What verifying has found."""

    redis: Chain
    file: Chain
    faults: tuple[Fault, ...]
    behind: int
    """How many of the newest records the file lacks: it gets them with the next that is written."""

    @property
    def is_whole(self) -> bool:
        return not self.faults


def verify(redis: Iterable[str], file: Iterable[str]) -> Findings:
    """Read both chains from their beginnings; the first fault of each and of both is told.

    What a file lacks at its end is no fault: others have recorded it, or it was cut off, and Redis
    has it. What Redis lacks is one.
    """
    ours, theirs = Chain("redis"), Chain("file")
    differing = _first_difference(_read(redis, ours), _read(file, theirs))
    faults = [chain.fault for chain in (ours, theirs) if chain.fault]
    if 0 < differing <= min(ours.count, theirs.count):
        faults.append(Fault("both", differing, "Redis and the file have different records there"))
    lost = theirs.count - ours.count
    if lost > 0:
        what = "1 record is" if lost == 1 else f"{lost} records are"
        faults.append(Fault("redis", ours.count + 1, f"{what} missing at its end"))
    return Findings(ours, theirs, tuple(faults), max(-lost, 0))


def _read(lines: Iterable[str], chain: Chain) -> Iterator[str]:
    for line in lines:
        chain.read(line)
        yield line


def _first_difference(ours: Iterable[str], theirs: Iterable[str]) -> int:
    """Return the first place at which two chains differ, 0 for none; reads both to their ends."""
    found = 0
    for place, (one, other) in enumerate(zip_longest(ours, theirs), 1):
        if one != other and not found:
            found = place
    return found
