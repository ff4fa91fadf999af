"""A Celery worker as a process of a test's own, which is gone at its end whatever happens."""

import os
import signal
import subprocess
from contextlib import contextmanager


@contextmanager
def running(command, environment, log):
    with log.open("ab") as file:
        process = subprocess.Popen(
            command,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)
