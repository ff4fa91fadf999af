"""Whether the audit log is whole: the chain in Redis, the one in the file, and both compared."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from workflows.audit.bounds import START, Checkpoint
from workflows.audit.records import CUT_VERB, RESTORED, BadRecord, Record

TELLING = frozenset({CUT_VERB, RESTORED})
"""Verbs of records that tell behind which one Redis was cut."""


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
    before: Checkpoint = START
    """The record before its first."""
    count: int = 0
    """The number of the record that was read last."""
    last: Record | None = None
    fault: Fault | None = None
    asked: Mapping[int, str] = field(default_factory=dict)
    """The hashes of records that somebody asks for, by number; empty where it has none there."""
    cuts: set[Checkpoint] = field(default_factory=set)
    """Behind which records Redis was cut, as the chain itself tells."""
    _former: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        self.count, self._former = self.before.number, self.before.hash

    @property
    def many(self) -> int:
        """How many records it has."""
        return self.count - self.before.number

    def read(self, line: str) -> None:
        """Take the next line in."""
        self.count += 1
        try:
            record = Record.of(line)
        except BadRecord as error:
            self._note(str(error))
            self._former = ""
            return
        if self.last is None and self.fault is None and self.where == "file":
            self._begin(record)
        if record.number != self.count:
            self._note(f"number {record.number} stands in its place")
        elif record.former != self._former:
            self._note("it does not hold the hash of the record before")
        self.last, self._former = record, record.hash
        if self.count in self.asked:
            self.asked = {**self.asked, self.count: record.hash}
        if record.verb in TELLING:
            self.cuts.add(_told(record))

    def _begin(self, record: Record) -> None:
        """Begin with the first record of the files, which others may have stood before."""
        missing = record.number - 1
        if missing <= 0:
            return
        what = "1 record is" if missing == 1 else f"{missing} records are"
        self.fault = Fault(self.where, 1, f"{what} missing at its beginning")
        self.before = Checkpoint(missing, record.former)
        self.count, self._former = record.number, record.former

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
    at: str = ""
    """The hash of the record that was asked for; empty where there is none."""

    @property
    def is_whole(self) -> bool:
        return not self.faults


def verify(
    redis: Iterable[str], file: Iterable[str], checkpoint: Checkpoint = START, at: int = 0
) -> Findings:
    """Read both chains from their beginnings; the first fault of each and of both is told.

    Redis begins behind ``checkpoint``, which the file has to have, and one of the records has to
    tell that it was cut there. What a file lacks at its end is no fault: others have recorded it,
    or it was cut off, and Redis has it. What Redis lacks is one.
    """
    ours = Chain("redis", checkpoint, asked={at: ""})
    theirs = Chain("file", asked={at: "", checkpoint.number: ""})
    differing = _first_difference(_read(redis, ours), _read(file, theirs))
    faults = [chain.fault for chain in (ours, theirs) if chain.fault]
    faults += _faults_of_cut(checkpoint, ours, theirs)
    if differing:
        faults.append(Fault("both", differing, "Redis and the file have different records there"))
    lost = theirs.count - ours.count
    if lost > 0:
        what = "1 record is" if lost == 1 else f"{lost} records are"
        faults.append(Fault("redis", ours.count + 1, f"{what} missing at its end"))
    behind = ours.count - max(theirs.count, checkpoint.number)
    told = ours.asked[at] or theirs.asked[at]
    return Findings(ours, theirs, tuple(faults), max(behind, 0), told)


def _faults_of_cut(checkpoint: Checkpoint, ours: Chain, theirs: Chain) -> Iterator[Fault]:
    """Tell what is wrong where Redis begins: those before have to stand in the file."""
    number = checkpoint.number
    if not number:
        return
    if theirs.count < number:
        what = f"it lacks the records up to {number}, which Redis has no more"
        yield Fault("file", theirs.count + 1, what)
    elif theirs.before.number < number and theirs.asked[number] != checkpoint.hash:
        yield Fault("both", number, "Redis was cut behind another record than the file has there")
    if checkpoint not in ours.cuts | theirs.cuts:
        yield Fault("redis", number, "no record tells that it was cut behind this one")


def _told(record: Record) -> Checkpoint:
    number = record.after.get("number")
    return Checkpoint(number if isinstance(number, int) else 0, str(record.after.get("hash", "")))


def _read(lines: Iterable[str], chain: Chain) -> Iterator[tuple[int, str]]:
    for line in lines:
        chain.read(line)
        yield chain.count, line


def _first_difference(ours: Iterator[tuple[int, str]], theirs: Iterator[tuple[int, str]]) -> int:
    """Return the first place at which two chains differ, 0 for none; reads both to their ends.

    One of them may begin, or end, before the other.
    """
    found = 0
    one, other = next(ours, None), next(theirs, None)
    while one or other:
        if one and other and one[0] == other[0]:
            found = found or (one[0] if one[1] != other[1] else 0)
            one, other = next(ours, None), next(theirs, None)
        elif other is None or (one and one[0] < other[0]):
            one = next(ours, None)
        else:
            other = next(theirs, None)
    return found
