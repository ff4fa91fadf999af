"""This member's own log: it follows its leader's, and falls behind while there is none in reach."""

from contextlib import suppress

from lab.emulator import paths, raft_log


class LogKeeper:
    """The log's files in the backend folder, written where anything has changed."""

    def __init__(self) -> None:
        self._log = raft_log.read(paths.BACKEND)

    def follow(self, log: raft_log.RaftLog) -> None:
        if log != self._log:
            self._write(log, is_closed=False)

    def close(self) -> None:
        """Close the last segment, as a server does that ends in order."""
        self._write(self._log, is_closed=True)

    def _write(self, log: raft_log.RaftLog, *, is_closed: bool) -> None:
        # A full disk must not end the datastore.
        with suppress(OSError):
            raft_log.write(paths.BACKEND, log, is_closed=is_closed)
            self._log = log
