"""A Celery worker whose reconciler is gone ends, so that its supervisor starts another."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SECONDS = 150


@pytest.mark.parametrize(
    ("how", "message"),
    [("ends", "the reconciler has ended"), ("cannot-start", "cannot start the reconciler")],
)
def test_a_celery_worker_without_a_reconciler_ends_and_says_why(how, message, settings, redis):
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "celery", "-A", "ending_celery", "worker", "-P", "prefork"),
            *("-c", "1", "--without-gossip", "--without-mingle"),
        ],
        env=os.environ
        | {"HOW": how, "REDIS_URL": settings.redis_url, "REMAP_SIGTERM": "SIGQUIT"}
        | {"PYTHONPATH": os.pathsep.join([str(HERE), str(HERE.parents[1])])}
        | {"CLUSTERWRIGHT_LOG": "json"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        log, _ = process.communicate(timeout=SECONDS)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    assert message in log
    assert "the Celery worker ends" in log
