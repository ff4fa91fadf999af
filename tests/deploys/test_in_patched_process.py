"""Runs the tests in ``patched/`` in a process of their own, patched as a Celery child is.

Patching this one would change what every other test runs on. To run them by hand::

    python -m gevent.monkey --module pytest tests/deploys/patched
"""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("patched")
SECONDS = 500
NO_TESTS = 5
"""What pytest ends with where the markers have left nothing."""


@pytest.mark.parametrize("path", sorted(FOLDER.glob("test_*.py")), ids=lambda path: path.stem)
def test_in_a_patched_process(path, request):
    command = [sys.executable, "-m", "gevent.monkey", "--module", "pytest", "-q", str(path)]
    command += ["-m", request.config.getoption("markexpr")]

    ended = subprocess.run(
        command,
        cwd=FOLDER.parents[2],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert ended.returncode in {0, NO_TESTS}, ended.stdout + ended.stderr
