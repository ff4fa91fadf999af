"""Which tokens were revoked: in Redis, and in a file that outlives Redis.

The file is what counts where Redis was emptied, or put back as it was before.
"""

import os
from pathlib import Path

REVOKED = "cw:tokens:revoked"
"""The ids in Redis, for API processes that have another data directory."""
REVOKED_FILE = "revoked-tokens"
"""Ids of tokens that are never valid again, a line each."""


class RevokedFile:
    """The ids in the file of one data directory, read again when it has changed."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / REVOKED_FILE
        self._read: tuple[tuple[int, int], frozenset[str]] = ((0, 0), frozenset())

    def has(self, token_id: str) -> bool:
        """Whether a token was revoked; raises ``OSError`` where the file cannot be read."""
        try:
            found = self.path.stat()
            state = (found.st_mtime_ns, found.st_size)
            if self._read[0] != state:
                self._read = (state, frozenset(self.path.read_text().split()))
        except FileNotFoundError:
            return False
        return token_id in self._read[1]

    def note(self, token_id: str) -> None:
        """Write an id down for good; once this returns it is on the disk."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with os.fdopen(os.open(self.path, flags, 0o600), "w") as file:
            file.write(token_id + "\n")
            file.flush()
            os.fsync(file.fileno())
