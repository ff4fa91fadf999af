"""What each host is at in each step."""

import pytest
from job_records import EventLog, job, step

from api.page.job_history import history_of
from api.page.job_map import Cell, CellStatus, map_of
from workflows.states import StepStatus

NOTHING = history_of([])


def cell(record, history=NOTHING):
    return map_of(job(record), history).cell("n1", 0)


def row(status, **fields):
    return {"status": status, "operation": "", "detail": "", "seconds": 2.5, "attempt": 1} | fields


def test_hosts_stand_in_the_order_of_the_plan_and_are_absent_from_steps_of_others():
    found = map_of(job(step(0, "n2", "n1"), step(1, "n3")), NOTHING)

    assert [line.host for line in found.rows] == ["n2", "n1", "n3"]
    assert [[one.status for one in line.cells] for line in found.rows] == [
        [CellStatus.PENDING, CellStatus.ABSENT],
        [CellStatus.PENDING, CellStatus.ABSENT],
        [CellStatus.ABSENT, CellStatus.PENDING],
    ]


def test_a_seed_is_shown_in_the_step_in_which_something_was_done_on_it():
    seed = row("done", operation="Make a join token")

    found = map_of(job(step(0, "n1"), step(1, "n2", hosts={"n1": seed})), NOTHING)

    assert found.cell("n1", 1).operation == "Make a join token"
    assert found.cell("n2", 0).status is CellStatus.ABSENT


def test_a_running_host_tells_its_operation_and_since_when():
    log = EventLog().add("step.started", 10, 0, attempt=1).host("running", 12, 0, "n1")
    host_row = row("running", operation="Install MicroK8s", detail="downloading")
    record = step(0, "n1", status=StepStatus.RUNNING, attempt=1, hosts={"n1": host_row})

    assert cell(record, history_of(log.events)) == Cell(
        CellStatus.RUNNING, 1, "Install MicroK8s", "downloading", seconds=None, since=12
    )


@pytest.mark.parametrize(
    ("status", "attempt", "host_row", "shown"),
    [
        ("running", 1, row("failed"), "failed"),
        ("running", 1, row("skipped"), "skipped"),
        ("running", 2, row("failed"), "pending"),
        ("running", 2, row("done"), "done"),
        ("running", 2, row("running"), "pending"),
        ("retrying", 1, row("failed"), "failed"),
        ("failed", 1, row("failed"), "failed"),
        ("failed", 1, row("running"), "pending"),
        ("failed", 1, row("done"), "done"),
        ("pending", 1, row("running"), "pending"),
        ("pending", 1, row("done"), "done"),
        ("done", 1, None, "done"),
        ("done", 1, row("running"), "done"),
        ("undoing", 2, None, "done"),
        ("undoing", 2, row("running", attempt=2), "undoing"),
        ("undoing", 2, row("done", attempt=2), "undone"),
        ("undoing", 3, row("failed", attempt=2), "done"),
        ("stuck", 2, row("failed", attempt=2), "failed"),
        ("undone", 2, row("done", attempt=2), "undone"),
        ("undone", 2, None, "undone"),
        ("undone", 2, row("skipped", attempt=2), "skipped"),
        ("nothing-to-undo", 2, None, "nothing-to-undo"),
        ("skipped", 2, None, "skipped"),
        ("left-out", 1, row("failed"), "left-out"),
        ("left-out", 1, None, "left-out"),
    ],
)
def test_what_a_host_said_is_read_together_with_its_step(status, attempt, host_row, shown):
    hosts = {"n1": host_row} if host_row else {}
    record = step(0, "n1", status=StepStatus(status), attempt=attempt, hosts=hosts)

    assert cell(record).status == shown


def test_an_undo_that_waits_for_its_next_attempt_is_retrying():
    record = step(0, "n1", status=StepStatus.UNDOING, attempt=2, due=50.0)

    (column,) = map_of(job(record), NOTHING).columns

    assert (column.status, column.due) == (CellStatus.RETRYING, 50.0)


def test_the_head_of_a_column_names_its_step_shortly():
    record = step(0, "n1", name="install_microk8s", seconds=2.5, attempt=1)

    (column,) = map_of(job(record), NOTHING).columns

    assert (column.number, column.label, column.seconds) == (1, "install MicroK8s", 2.5)


def test_every_status_of_a_step_can_be_shown():
    assert {str(status) for status in StepStatus} <= {str(status) for status in CellStatus}
