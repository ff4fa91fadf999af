"""celery-director as processes, at its best settings: the contender of the no-op rows.

It lives in a virtual environment of its own. Its database is SQLite with a write-ahead log, so
that its own processes and our look at a workflow's status hinder each other as little as can be.
"""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.environments import environment_of
from bench.http_line import HttpLine
from bench.processes import CannotMeasure, Process, await_until, free_port

HOME = Path(__file__).parent / "director" / "home"
REQUIREMENTS = Path(__file__).parent / "director" / "requirements.txt"
WEB_PROCESSES = 2
END_PAUSE_SECONDS = 0.5
"""What director's own last task sleeps before it closes a workflow, whatever the tasks did."""


@dataclass(frozen=True, slots=True)
class DirectorStack:
    """A running celery-director and the ways to it."""

    port: int
    database: Path

    def line(self) -> HttpLine:
        return HttpLine(self.port)

    def store(self) -> "closing[sqlite3.Connection]":
        """Return a way to read statuses that asks no process of director's for anything."""
        return closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True))

    def post(self, line: HttpLine) -> str:
        body = {"project": "bench", "name": "NOTHING", "payload": {}}
        return str(line.expect(201, "POST", "/api/workflows", body)["id"])


@contextmanager
def director_stack(folder: Path, redis_url: str, *, concurrency: int) -> Iterator[DirectorStack]:
    """Run director's web server and Celery worker on a Redis that runs already."""
    programs = environment_of("director", REQUIREMENTS)
    folder.mkdir(parents=True, exist_ok=True)
    home, database, port = folder / "home", folder / "director.db", free_port()
    shutil.copytree(HOME, home)
    environment = {
        "DIRECTOR_HOME": str(home),
        "DIRECTOR_DATABASE_URI": f"sqlite:///{database}",
        "DIRECTOR_BROKER_URI": f"{redis_url}/1",
        "DIRECTOR_RESULT_BACKEND_URI": f"{redis_url}/2",
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",  # director looks for celery there
    }
    _make_tables(programs, environment, database)
    director = str(programs / "director")
    bind = ("-b", f"127.0.0.1:{port}", "-w", str(WEB_PROCESSES))
    worker = ("--without-gossip", "--without-mingle", "-c", str(concurrency))
    web = Process("web", [director, "webserver", *bind], folder, environment)
    celery = Process("celery", [director, "celery", "worker", *worker], folder, environment)
    with web, celery:
        both = (web, celery)
        await_until(lambda: _answers(port), what="director's API to answer", processes=both)
        yield DirectorStack(port, database)


def _make_tables(programs: Path, environment: dict[str, str], database: Path) -> None:
    """Make director's tables, in a database that readers do not block."""
    done = subprocess.run(
        [programs / "director", "db", "upgrade"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise CannotMeasure(f"cannot make director's database: {done.stderr[-2000:]}")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def _answers(port: int) -> bool:
    with HttpLine(port) as line:
        try:
            return line.ask("GET", "/api/ping")[0] == 200
        except OSError:
            return False
