"""One thing that was looked at: the verdict, what was seen, and how to mend it."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cli.visible import visible


class Verdict(StrEnum):
    """How a check ended, from best to worst."""

    PASS = "pass"  # noqa: S105  # no password
    WARN = "warn"  # it works, and less well than it could
    FAIL = "fail"  # something will not work


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of the doctor."""

    name: str
    verdict: Verdict
    seen: str
    mend: str = ""
    """What to do, and nothing where nothing is to be done."""

    def __post_init__(self) -> None:
        """Show what others said visibly: an API, a program, a file."""
        for name in ("name", "seen", "mend"):
            object.__setattr__(self, name, visible(getattr(self, name)))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined: one API and one data directory."""

    url: str
    token_file: Path
    token: str | None
    """The token of the environment, which goes before the file's."""
    data_dir: Path

    @property
    def is_local(self) -> bool:
        """Whether the API runs on this machine, so that its files are ours to look at."""
        return urlsplit(self.url).hostname in {"127.0.0.1", "localhost", "::1"}


def passed(name: str, seen: str) -> Check:
    return Check(name, Verdict.PASS, seen)


def warned(name: str, seen: str, mend: str) -> Check:
    return Check(name, Verdict.WARN, seen, mend)


def failed(name: str, seen: str, mend: str) -> Check:
    return Check(name, Verdict.FAIL, seen, mend)
