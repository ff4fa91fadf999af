"""Demos that were kept running: their notes, and how they are ended later."""

import fcntl
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from lab import LabRefused
from lab.teardown import take_down

PREFIX = "cw-demo-"
NOTE = "kept.json"
POLL_SECONDS = 0.05
STOP_SECONDS = 40.0
"""Longer than the stack takes when every process of it has to be killed."""


@dataclass(frozen=True, slots=True)
class KeptDemo:
    """One demo that was left running."""

    data_dir: str
    url: str
    lab: str
    """Empty when its hosts are a lab that somebody else started."""

    def note(self) -> None:
        """Leave in its folder what is needed to end it."""
        (Path(self.data_dir) / NOTE).write_text(json.dumps(asdict(self)))

    def end(self) -> None:
        """End its stack and its lab, and remove its files."""
        end_stack(Path(self.data_dir))
        if self.lab:
            take_lab_down(self.lab)
        shutil.rmtree(self.data_dir, ignore_errors=True)


def kept_demos() -> Iterator[KeptDemo]:
    """Yield the demos that this user has kept; folders of others are passed over."""
    for note in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{NOTE}")):
        with suppress(OSError, ValueError, TypeError):
            if note.parent.lstat().st_uid == note.lstat().st_uid == os.getuid():
                one = KeptDemo(**json.loads(note.read_text()))
                if Path(one.data_dir) == note.parent:
                    yield one


def end_stack(data_dir: Path) -> None:
    """End the stack that holds a data directory, and wait until it has let go of it."""
    try:
        lock = os.open(data_dir / "stack.lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        deadline = time.monotonic() + STOP_SECONDS
        asked: tuple[int, signal.Signals] | None = None
        while not _is_free(lock):
            number = signal.SIGKILL if time.monotonic() > deadline else signal.SIGTERM
            wanted = (_holder(lock), number)
            if wanted[0] and wanted != asked:  # each is asked once: a second signal cuts its end
                asked = wanted
                with suppress(ProcessLookupError):
                    os.kill(*wanted)
            time.sleep(POLL_SECONDS)
    finally:
        os.close(lock)


def _is_free(lock: int) -> bool:
    """Whether nobody holds the lock: its holder's number belongs to somebody else then."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(lock: int) -> int:
    try:
        return int(json.loads(os.pread(lock, 4096, 0))["pid"])
    except (ValueError, KeyError, TypeError):
        return 0


def take_lab_down(name: str) -> None:
    """Take a lab down, also one whose start was interrupted."""
    deadline = time.monotonic() + STOP_SECONDS
    while True:
        try:
            take_down(name)
        except LabRefused:
            if time.monotonic() > deadline:
                raise
            time.sleep(POLL_SECONDS)
        else:
            return
