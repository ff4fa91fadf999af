"""Who follows a job from a chat: addresses that are good for half an hour, in files of their own.

Whoever knows such an address can write into the chat, so Redis holds none, and no log.
"""

import contextlib
import json
import os
import secrets
import time
from dataclasses import asdict
from pathlib import Path

from workflows.deliveries.receiver_files import FOLDER
from workflows.notifiers.notifier import Following

FOLLOWERS = ".followers"
"""Of the receivers' folder, no name of a subscription; a file a job, for its owner alone."""
GOOD_SECONDS = 30 * 60
"""For which Slack and Mattermost take what is sent to such an address."""
LONGEST_URL = 2000


class FollowerFiles:
    """The files of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER / FOLLOWERS

    def keep(self, job: str, following: Following) -> bool:
        """Store who follows a job, and remove what is good no more; return whether it was stored.

        Whoever follows it from another channel goes before, for as long as they can be told.
        """
        self._sweep()
        if len(following.url) > LONGEST_URL:
            return False
        former = self.read(job)
        if former and former.channel != following.channel:
            return False
        if former and former.id == following.id:  # the same request, delivered again
            return True
        self._write(job, following)
        return True

    def read(self, job: str) -> Following | None:
        """Return who follows a job, while they can be told."""
        path = self._folder / job
        try:
            found = Following(**json.loads(path.read_bytes()))
            is_good = time.time() - found.at < GOOD_SECONDS
        except (OSError, ValueError, TypeError):
            return None
        if is_good:
            return found
        _remove(path)
        return None

    def _write(self, job: str, following: Following) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._folder / f".{job}.{secrets.token_hex(4)}.part"
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(following), file)
        part.replace(self._folder / job)

    def _sweep(self) -> None:
        latest = time.time() - GOOD_SECONDS
        with contextlib.suppress(FileNotFoundError):
            for entry in os.scandir(self._folder):
                with contextlib.suppress(FileNotFoundError):
                    if entry.stat().st_mtime < latest:
                        _remove(Path(entry.path))


def _remove(path: Path) -> None:
    # Whoever only reads the folder leaves it to the API.
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
