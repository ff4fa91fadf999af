"""The programs of docs/how-to/python-client.md run as they stand, on a server of its own."""

import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from api_requests import HOST_KEY, Steps
from polling import within
from served import served

from api.local_token import first_token
from cluster.spec import Host
from workflows.celery_workers import celery_worker_seen
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "how-to" / "python-client.md"
PROGRAMS = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Stand:
    """A running server, and where its programs run."""

    environment: dict[str, str]
    folder: Path

    def run(self, program: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", program],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def stand(redis, settings, port, tmp_path):
    token = first_token(redis, settings.data_dir)
    for number in (1, 2, 3):
        Inventory(redis).put_host(Host(f"n{number}", f"10.0.0.{number}", HOST_KEY))
    celery_worker_seen(redis, "celery@test")
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {"CLUSTERWRIGHT_URL": url, "CLUSTERWRIGHT_TOKEN": token}
    with served(port, settings, tmp_path / "api.log"):
        yield Stand(environment | {"PYTHONPATH": str(ROOT)}, tmp_path)


def carry_out(redis):
    """Do what a Celery worker does, once there is a job."""
    (row,) = within(lambda: Ledger(redis).jobs(limit=1), "a job")
    Steps(Ledger(redis), row.id).finish()


def test_the_programs_of_the_page_run_as_they_stand(stand, redis):
    change, refusal, awaited = PROGRAMS

    carrying = threading.Thread(target=carry_out, args=(redis,))
    carrying.start()
    done = stand.run(change)
    carrying.join()
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert any("job.accepted" in line for line in lines), lines
    assert lines[-1].startswith("succeeded ")

    refused = stand.run(refusal)
    assert refused.returncode == 0, refused.stderr
    first, error, *hosts = refused.stdout.splitlines()
    assert first.startswith("422 /problems/invalid-request Correct the fields")
    assert error.startswith("/params/channel cannot use ")
    assert hosts == ["n1", "n2", "n3"]

    told = stand.run(awaited)
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines() == ["pass", "create-cluster succeeded"]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_programs_of_the_page_fit_the_types_of_the_client(program, tmp_path):
    file = tmp_path / "program.py"
    file.write_text(program)

    mypy = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(file)]
    cache = ["--cache-dir", str(ROOT / ".mypy_cache" / "page")]
    done = subprocess.run([*mypy, *cache], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
