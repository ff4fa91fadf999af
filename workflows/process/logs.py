"""How every process writes its logs: JSON lines for programs, plain lines at a terminal.

Each line says which request, job, step and attempt it belongs to. Whoever begins one binds its
fields once, and the lines of every library in between carry them too. Only the fields named here
are written, and every text passes the redaction on its way out.

CLUSTERWRIGHT_LOG is ``json`` or ``text``, CLUSTERWRIGHT_LOG_LEVEL a level. Imports nothing that
gevent would have to patch first: API processes load it before they are patched.
"""

import logging
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from cluster.printable import visible
from deploy_scripts.fleet.redaction import SHORTEST_SECRET, redact

FORMAT, LEVEL = "CLUSTERWRIGHT_LOG", "CLUSTERWRIGHT_LOG_LEVEL"
FORMATS = ("json", "text")
LEVELS = ("debug", "info", "warning", "error")
JOB_FIELDS = ("job", "cluster", "kind", "step", "attempt", "host", "epoch", "trace_id")
REQUEST_FIELDS = ("method", "path", "status", "ms", "remote", "token_id", "request_id")
FIELDS = (*JOB_FIELDS, *REQUEST_FIELDS)
IDS = ("job", "trace_id", "request_id")
"""Fields that may look like a join token and are none; nor are they in the line's other texts."""
TALKATIVE = ("celery.worker.strategy", "celery.app.trace")
"""Tell of every message what the engine's own lines tell of every step."""
QUIET_LIBRARIES = ("paramiko", "pyinfra", "httpx", "httpcore", "amqp", "kombu")

_here: ContextVar[Mapping[str, Any] | None] = ContextVar("log_fields", default=None)
_process: dict[str, Any] = {}

logger = logging.getLogger(__name__)


class BadLogSetting(Exception):
    """A setting of the logs has a value that is none of the possible ones."""


def bind(**fields: Any) -> None:
    """From here on, the lines of this thread or greenlet carry these fields and no others."""
    _here.set(fields)


@contextmanager
def bound_everywhere(**fields: Any) -> Iterator[None]:
    """Add fields to every line of the process, whichever thread or greenlet writes it.

    For a Celery worker's child, which carries out one step at a time; greenlets inherit nothing.
    """
    before = dict(_process)
    _process.update(fields)
    try:
        yield
    finally:
        _process.clear()
        _process.update(before)


def facts(record: logging.LogRecord) -> dict[str, Any]:
    """Return what is written of a record, in order; no secret is left in it."""
    known = {**_process, **(_here.get() or {}), **record.__dict__}
    fields = {name: known[name] for name in FIELDS if known.get(name) not in (None, "")}
    ids = frozenset(fields[name] for name in IDS if str(fields.get(name, "")).isalnum())
    moment = datetime.fromtimestamp(record.created, UTC)
    return {
        "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": redact(record.getMessage(), keep=ids),
        **{name: _safe(value, ids) for name, value in fields.items()},
    }


def _safe(value: Any, ids: frozenset[str]) -> Any:
    """Return a field without secrets; most are too short to hold one."""
    if not isinstance(value, str) or len(value) < SHORTEST_SECRET or value in ids:
        return value
    return redact(value, keep=ids)


class JsonLines(JsonFormatter):
    """One JSON object a line."""

    def add_fields(
        self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
    ) -> None:
        log_data.update(facts(record))
        traces = {name: redact(str(text)) for name, text in message_dict.items()}
        log_data.update(
            (name, traces[name]) for name in ("exc_info", "stack_info") if name in traces
        )


class TextLines(logging.Formatter):
    """One line to read: time of day, level, message, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        entry = facts(record)
        moment = datetime.fromtimestamp(record.created).astimezone()
        fields = " ".join(f"{name}={_plain(entry[name])}" for name in FIELDS if name in entry)
        line = f"{moment:%H:%M:%S} {entry['level']:<7} {visible(entry['message'])}  {fields}"
        trace = ""
        if record.exc_info:
            trace = "\n" + visible(redact(self.formatException(record.exc_info)), keep="\n")
        return line.rstrip() + trace


def _plain(value: Any) -> str:
    text = visible(str(value))
    return f'"{text}"' if " " in text else text


def configure(level: str | int | None = None) -> None:
    """Send every log of this process to standard error; the environment overrules ``level``.

    Raises ``BadLogSetting``.
    """
    chosen = _setting(LEVEL, LEVELS)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextLines() if is_for_people() else JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(chosen.upper() if chosen else level or logging.INFO)
    talk = root.isEnabledFor(logging.DEBUG)
    for name in (*TALKATIVE, *QUIET_LIBRARIES):
        logging.getLogger(name).setLevel(logging.NOTSET if talk else logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _tell_end


def is_for_people() -> bool:
    """Whether somebody reads the logs of this process as they come."""
    return (_setting(FORMAT, FORMATS) or ("text" if sys.stderr.isatty() else "json")) == "text"


def say_at_once(name: str, text: str) -> None:
    """Write a line past every lock and buffer, as a signal handler has to."""
    record = logging.makeLogRecord({"name": name, "levelname": "INFO", "msg": text.strip()})
    os.write(sys.stderr.fileno(), f"{JsonLines().format(record)}\n".encode())


def _setting(name: str, possible: tuple[str, ...]) -> str:
    value = os.environ.get(name, "").strip().lower()
    if value and value not in possible:
        raise BadLogSetting(
            f"cannot write logs as {value[:40]!r}: {name} is one of {', '.join(possible)}"
        )
    return value


def _tell_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Write what ends the process like everything else: a traceback may quote a secret."""
    if issubclass(kind, KeyboardInterrupt):
        return
    logger.critical("the process ends: %s", error, exc_info=(kind, error, trace))
