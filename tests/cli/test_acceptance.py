"""The acceptance of real machines: which hosts it takes, what it judges, and what it reports."""

import json
from typing import Any

import pytest

from cli.acceptance import checks
from cli.acceptance.hosts import DISPOSABLE, disposable, refuse_hosts_in_use, shape
from cli.acceptance.report import Report, markdown
from cli.errors import Failure


def host(name: str, **more: Any) -> dict[str, Any]:
    row = {
        "name": name,
        "address": f"192.0.2.{name[1:]}",
        "port": 22,
        "user": "root",
        "node_address": "",
        "site": "default",
        "zone": "",
        "labels": {},
        "cluster": None,
    }
    return row | more


def step(name: str, status: str = "done", attempt: int = 1, **hosts: str) -> dict[str, Any]:
    rows = {key: {"status": "done", "detail": detail} for key, detail in hosts.items()}
    return {
        "name": name,
        "title": f"Do {name}",
        "status": status,
        "attempt": attempt,
        "seconds": 1.0,
        "hosts": rows,
    }


def job(status: str, *steps: dict[str, Any], error: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "id": "a" * 32,
        "status": status,
        "seconds": 12.0,
        "steps": list(steps),
        "error": error,
        "next_action": "mend the cause, then retry",
        "quorum": {"now": {"voters_alive": 3}, "expected": {"voters": 3}},
    }


FAILURE = {
    "host": "n1",
    "operation": "Enable it",
    "command": "microk8s enable it",
    "lines": ["no ``` such | add-on"],
}
ERROR = {"step": checks.FAILING, "message": "cannot enable it", "failures": [FAILURE]}
FAILED = job("failed", step("install"), step(checks.FAILING, "failed", 3), error=ERROR)


def passed(found: Any) -> list[bool]:
    return [check.passed for check in found]


def test_only_hosts_that_are_marked_are_taken_from_the_inventory() -> None:
    marked = host("n2", labels={DISPOSABLE: "true"})

    assert disposable([host("n1"), marked, host("n3", labels={DISPOSABLE: "no"})]) == [marked]


def test_without_a_marked_host_the_way_to_mark_one_is_told() -> None:
    with pytest.raises(Failure, match=f"--label {DISPOSABLE}=true"):
        disposable([host("n1")])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([host("n1"), host("n2")], "n2 belongs to cluster prod"),
        ([host("n9", address="192.0.2.2")], "n9 belongs to cluster prod"),
        ([host("n9", address="192.0.2.1")], "n9 has the address of n1"),
        ([host("n1"), host("n1")], "n1 stands twice"),
    ],
    ids=["in-use", "in-use-by-another-name", "known-by-another-name", "twice"],
)
def test_a_list_with_a_host_that_is_needed_is_refused_whole(
    given: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(Failure, match=message):
        refuse_hosts_in_use(given, [host("n1"), host("n2", cluster="prod")])


def test_hosts_nobody_needs_are_taken_whether_they_are_known_or_not() -> None:
    refuse_hosts_in_use([host("n1"), host("n7")], [host("n1"), host("n2", cluster="prod")])


@pytest.mark.parametrize(
    ("count", "control", "topology"),
    [(1, 1, None), (2, 1, None), (3, 3, None), (5, 3, "separated")],
)
def test_the_hosts_form_the_largest_main_job_that_they_allow(
    count: int, control: int, topology: str | None
) -> None:
    names = [f"n{number}" for number in range(1, count + 1)]

    params = shape(names)

    assert params["control_plane"] == names[:control]
    assert params["workers"] == names[control:]
    assert params.get("topology") == topology


def test_a_job_that_fails_where_it_is_made_to_passes() -> None:
    assert passed(checks.failed_step(FAILED)) == [True, True]


@pytest.mark.parametrize(
    "other",
    [
        job("failed", step("install", attempt=2), step(checks.FAILING, "failed", 3), error=ERROR),
        job("failed", step("install", "failed"), error=ERROR | {"step": "install"}),
        job("succeeded", step("install"), step(checks.FAILING)),
    ],
    ids=["second-attempt", "failed-elsewhere", "did-not-fail"],
)
def test_a_job_that_needs_a_second_attempt_or_fails_elsewhere_does_not(other: Any) -> None:
    assert not all(passed(checks.failed_step(other)))


def test_a_retry_may_repeat_the_failed_step_only() -> None:
    good = job("failed", step("install"), step(checks.FAILING, "failed", 6), error=ERROR)
    bad = job("failed", step("install", attempt=2), step(checks.FAILING, "failed", 6), error=ERROR)

    assert passed(checks.retried(FAILED, good)) == [True]
    assert passed(checks.retried(FAILED, bad)) == [False]
    assert passed(checks.retried(FAILED, FAILED)) == [False]


def test_a_rollback_leaves_nothing_of_the_job_and_free_hosts() -> None:
    free, taken = {"n1": {"cluster": None}}, {"n1": {"cluster": "acceptance"}}
    good = job("rolled-back", step("install", "undone", n1="1.32/stable removed"))
    kept = job("rolled-back", step("install", "undone", n1="kept: somebody else's"))

    assert passed(checks.undone(good, free)) == [True, True]
    assert passed(checks.undone(good, taken)) == [True, False]
    assert passed(checks.undone(kept, free)) == [False, True]
    assert passed(checks.undone(job("stuck", step("install", "stuck")), free)) == [False, True]


def test_a_second_run_has_to_succeed_at_once_with_every_voter() -> None:
    assert passed(checks.formed(job("succeeded", step("install")))) == [True, True]
    assert passed(checks.formed(job("succeeded", step("install", attempt=2)))) == [False, True]
    few = job("succeeded", step("install")) | {"quorum": {"now": None, "expected": {"voters": 3}}}
    assert passed(checks.formed(few)) == [True, False]
    assert passed(checks.refused(409, "refused")) == [True]
    assert passed(checks.refused(202, "made")) == [False]


def a_report(*found: checks.Check) -> Report:
    report = Report("0.1.0", "2026-11-25T10:00:00+00:00", [host("n1")], {"control_plane": ["n1"]})
    report.checks += found
    report.jobs.append(("A job", FAILED))
    report.left = "Nothing is left."
    return report


def test_the_report_is_one_page_that_a_hosts_words_cannot_break() -> None:
    page = markdown(a_report(checks.Check("a | b", False, "<script>\nx")))

    assert page.startswith("# Acceptance: NOT passed\n")
    assert "| **no** | a \\| b | &lt;script> x |" in page
    assert page.count("```") == 2
    assert page.endswith("Nothing is left.\n")


def test_the_report_is_a_document_too_and_an_empty_one_has_not_passed() -> None:
    assert json.loads(json.dumps(a_report(checks.Check("a", True)).as_dict()))["passed"] is True
    assert a_report().passed is False
