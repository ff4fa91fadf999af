"""How much of the audit log Redis keeps, and how much of it one file; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from workflows.audit.records import Record
from workflows.process.settings import AUDIT_DAYS, AUDIT_RECORDS

FILE_BYTES = 16 * 1024 * 1024
DAY_SECONDS = 24 * 3600
MOST_AT_ONCE = 1000
"""Records that are cut at once: those who ask meanwhile wait for it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last record that was cut away; the chain goes on behind it."""

    number: int = 0
    """0 where nothing was cut."""
    hash: str = ""

    @classmethod
    def of(cls, record: Record) -> Self:
        return cls(record.number, record.hash)


START = Checkpoint()


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many records stay in Redis, for how long, and where a file ends."""

    records: int = AUDIT_RECORDS
    days: float = AUDIT_DAYS
    file_bytes: int = FILE_BYTES
    """From which size on a file is put aside, and another begun."""

    @property
    def chunk(self) -> int:
        """How many are cut at least, but for those that are a day too old: each cut is told."""
        return max(1, min(self.records // 100, MOST_AT_ONCE))

    def too_many(self, oldest: Sequence[Record], count: int, now: float) -> int:
        """Return how many of the oldest records may go, where there are ``count`` of all.

        The newest always stays.
        """
        begin = now - self.days * DAY_SECONDS
        old = next((at for at, row in enumerate(oldest) if row.at >= begin), len(oldest))
        is_overdue = old > 0 and oldest[0].at < begin - DAY_SECONDS
        many = max(count - self.records, old)
        if many < self.chunk and not is_overdue:
            return 0
        return max(0, min(many, len(oldest), MOST_AT_ONCE, count - 1))


USUAL = Bounds()
