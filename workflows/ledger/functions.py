"""The ledger's script as functions of Redis: loaded once, and again where Redis has lost them.

A script that is sent by its digest runs from its first line in each call, and the ledger's makes
some 160 functions before it does anything. Redis runs a library when it loads it.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import redis
from redis.client import Pipeline
from redis.exceptions import ResponseError

NAME = "@NAME@"
"""What stands in the script for the name of its functions."""
PREFIX = "cw_ledger_"
UNKNOWN = "Function not found"
"""What Redis says of a function that it does not have."""
MOST_LOADS = 10
"""Of one call: processes of another version that start one after the other delete it each time."""
NO_FUNCTIONS = "unknown command"
"""What a server says that has no functions at all: Redis before 7.0."""


Answer = TypeVar("Answer")


class NoFunctions(Exception):
    """The server cannot have functions, so it cannot keep jobs."""


class LedgerFunctions:
    """Has Redis carry out a script; one of each text, so that versions do not meet."""

    def __init__(self, client: redis.Redis, script: str) -> None:
        self._redis = client
        self.name = PREFIX + hashlib.sha256(script.encode()).hexdigest()[:16]
        self._text = f"#!lua name={self.name}\n{script.replace(NAME, self.name)}"

    def ask(self, request: str) -> Any:
        """Have an operation carried out that may write."""
        return self._call(lambda: self._redis.fcall(self.name, 0, request))

    def read(self, request: str) -> Any:
        """Have an operation carried out that only reads."""
        return self._call(lambda: self._redis.fcall(f"{self.name}_reads", 0, request))

    def queue(self, pipe: Pipeline, request: str) -> None:
        """Put an operation that may write into a pipeline, once ``be_loaded`` was called."""
        pipe.fcall(self.name, 0, request)

    def read_all(self, requests: Iterable[str]) -> list[Any]:
        """Have operations carried out that only read, in one go; return their answers in order."""
        asked = list(requests)
        return self._call(lambda: self._read_all(asked)) if asked else []

    def _read_all(self, requests: Sequence[str]) -> list[Any]:
        with self._redis.pipeline(transaction=False) as pipe:
            for request in requests:
                pipe.fcall(f"{self.name}_reads", 0, request)
            return pipe.execute()

    def be_loaded(self) -> None:
        """Load the functions unless Redis has them: what is in a pipeline cannot be called anew."""
        try:
            found = self._redis.function_list(self.name)
        except ResponseError as error:
            if NO_FUNCTIONS not in str(error):
                raise
            raise NoFunctions(_too_old(self._redis)) from None
        if not found:
            self._load()

    def load_alone(self) -> None:
        """Load the functions and delete those of other versions; one that runs loads its own again.

        Raises ``NoFunctions``.
        """
        self.be_loaded()
        found: Any = self._redis.function_list(f"{PREFIX}*")
        for library in map(_library_name, found):
            if library != self.name:
                self._redis.function_delete(library)

    def _call(self, call: Callable[[], Answer]) -> Answer:
        for _ in range(MOST_LOADS):
            try:
                return call()
            except ResponseError as error:
                if UNKNOWN not in str(error):
                    raise
            self._load()
        return call()

    def _load(self) -> None:
        # Others may load the same at the same moment.
        self._redis.function_load(self._text, replace=True)


def _too_old(client: redis.Redis) -> str:
    version = client.info("server").get("redis_version", "of no version")
    return (
        f"cannot keep jobs in Redis {version}: it has no functions; use Redis 7.0 or newer, or "
        "Valkey"
    )


def _library_name(row: Any) -> str:
    """Return a library's name from what Redis tells of it: names and values in turn, or a map."""
    fields = row if isinstance(row, dict) else dict(zip(row[::2], row[1::2], strict=True))
    return str(fields["library_name"])
