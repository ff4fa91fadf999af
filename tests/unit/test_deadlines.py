"""The table of deadlines: who is late is killed, and nobody else."""

import signal
import subprocess

import pytest

from workflows.deadlines import Table
from workflows.ledger.claims import Lease

LEASE = Lease("a" * 32, 3, "b" * 32)
WHY = "it was late"


@pytest.fixture
def child():
    process = subprocess.Popen(["sleep", "60"])
    yield process
    process.kill()
    process.wait(timeout=60)


@pytest.fixture
def expects(monkeypatch):
    """Fill the first row of a table as if another process did."""

    def fill(process, until):
        table = Table()
        row = table.row(0)
        row.begin(LEASE)
        with monkeypatch.context() as patch:
            patch.setattr("os.getpid", lambda: process)
            row.expect(until, WHY)
        return table

    return fill


def test_a_child_is_killed_once_its_deadline_has_passed_and_its_lease_is_told(child, expects):
    table = expects(child.pid, until=100.0)

    assert table.kill_overdue(99.9) == []
    assert child.poll() is None
    assert table.kill_overdue(100.1) == [(LEASE, WHY)]
    assert child.wait(timeout=60) == -signal.SIGKILL
    assert table.kill_overdue(200.0) == []


def test_a_child_that_is_heard_again_or_has_ended_its_step_lives(child, expects, monkeypatch):
    table = expects(child.pid, until=100.0)
    table.row(0).end()

    assert table.kill_overdue(200.0) == []
    assert child.poll() is None


def test_what_is_no_child_any_more_or_never_was_is_left_alone(child, expects):
    stranger = subprocess.run(
        ["sh", "-c", "sleep 60 >&- 2>&- & echo $!"], capture_output=True, text=True, check=True
    )
    gone = expects(child.pid, until=1.0)
    child.kill()
    child.wait(timeout=60)
    strange = expects(int(stranger.stdout), until=1.0)

    assert gone.kill_overdue(2.0) == []
    assert strange.kill_overdue(2.0) == []
    subprocess.run(["kill", stranger.stdout.strip()], check=True)  # it has lived on


def test_every_child_has_a_row_of_its_own(child, expects):
    table = expects(child.pid, until=0.0)
    other = table.row(1)
    other.begin(LEASE)
    other.expect(1e9, WHY)

    assert table.row(1).read()[0] == 1e9
    assert table.row(0).read()[0] == 0.0
