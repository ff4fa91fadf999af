"""Before an upgrade the API servers are asked which deprecated APIs are in use."""

from collections.abc import Iterator

import pytest
from steps import StepFailed, Steps

from lab import Lab

FAULT = {"match": "microk8s kubectl", "action": "deprecated-apis-used"}
UNREAD = {"match": "microk8s kubectl", "action": "fail-before"}
GONE = "flowschemas.v1beta3.flowcontrol.apiserver.k8s.io (removed in 1.33)"


@pytest.fixture(scope="module")
def node(steps_lab: Lab, step_process: Steps) -> Steps:
    steps_lab.heal()
    steps_lab.reset()
    step_process.apply("install_microk8s", hosts=["n1"], channel="1.32/stable")
    return step_process


@pytest.fixture
def used(node: Steps, steps_lab: Lab) -> Iterator[Steps]:
    """A node whose API server was asked for what 1.33 does not have."""
    steps_lab.add_fault("n1", FAULT)
    yield node
    steps_lab.clear_fault("n1")


def codes(output: dict) -> list[str]:
    return [row["code"] for row in output["findings"]]


def test_nothing_is_found_where_no_deprecated_api_was_asked_for(node: Steps) -> None:
    assert codes(node.apply("check_apis", hosts=["n1"], minor=33)) == []


def test_an_api_in_use_that_the_target_does_not_have_is_named_and_refuses(used: Steps) -> None:
    with pytest.raises(StepFailed, match=r"cannot upgrade to 1\.33") as failed:
        used.apply("check_apis", hosts=["n1"], minor=33)

    assert failed.value.kind == "Permanent"
    assert GONE in failed.value.message
    assert "componentstatuses" not in failed.value.message


def test_it_may_be_accepted_and_is_told_then(used: Steps) -> None:
    accepted = ["deprecated-apis-in-use"]

    output = used.apply("check_apis", hosts=["n1"], minor=33, accept=accepted)

    assert codes(output) == accepted


def test_an_api_that_the_target_still_has_is_not_found(used: Steps) -> None:
    assert codes(used.apply("check_apis", hosts=["n1"], minor=32)) == []


def test_an_api_server_that_tells_nothing_is_a_warning(node: Steps, steps_lab: Lab) -> None:
    steps_lab.add_fault("n1", UNREAD)
    try:
        output = node.apply("check_apis", hosts=["n1"], minor=33)
    finally:
        steps_lab.clear_fault("n1")

    assert codes(output) == ["deprecated-apis-unknown"]
