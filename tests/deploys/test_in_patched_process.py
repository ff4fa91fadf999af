"""Runs the tests in ``patched/`` in a process of their own, patched as a Celery child is.

Patching this one would change what every other test runs on. To run them by hand::

    python -m gevent.monkey --module pytest tests/deploys/patched
"""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("patched")
SECONDS = 150


@pytest.mark.parametrize("path", sorted(FOLDER.glob("test_*.py")), ids=lambda path: path.stem)
def test_in_a_patched_process(path):
    command = [sys.executable, "-m", "gevent.monkey", "--module", "pytest", "-q", str(path)]

    ended = subprocess.run(
        command,
        cwd=FOLDER.parents[2],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
