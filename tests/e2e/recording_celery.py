"""The Celery application, whose children note when each of their commands on hosts begins and ends.

``celery -A recording_celery worker`` with RECORD naming the file. A row that begins and has no end
belongs to a process that was killed.
"""

import functools
import json
import os
import time

from celery.signals import task_prerun

from workflows.queue import app

__all__ = ["app"]


def note(what: str, host: str) -> None:
    with open(os.environ["RECORD"], "a", encoding="utf-8") as file:
        file.write(json.dumps({"time": time.time(), "what": what, "host": host}) + "\n")


@task_prerun.connect
def record(**_: object) -> None:
    """Begin with the first task: pyinfra may be imported in a patched child only."""
    from deploy_scripts.fleet.connector import Connector

    plain = Connector.run_shell_command
    if hasattr(plain, "__wrapped__"):
        return

    @functools.wraps(plain)
    def noted(self, *words, **arguments):
        note("begin", self.host.name)
        try:
            return plain(self, *words, **arguments)
        finally:
            note("end", self.host.name)

    Connector.run_shell_command = noted
