"""Processes that run day and night load what they use, and nothing of what they may never use."""

import json
import subprocess
import sys

import pytest

HEAVY = {"cryptography.hazmat", "httpx", "joserfc", "minio", "pyinfra", "rich"}
"""What only some steps, some senders, an issuer or a bucket ask for: some MiB each."""


@pytest.mark.parametrize("module", ["api.app", "workflows.tasks"])
def test_a_process_starts_without_what_only_some_of_its_work_asks_for(module: str) -> None:
    line = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"

    told = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)

    assert HEAVY.isdisjoint(json.loads(told.stdout))
