"""Before an upgrade the snap store is asked for every channel that it passes."""

from collections.abc import Iterator

import pytest
from steps import StepFailed, Steps

from lab import Lab


@pytest.fixture(scope="module")
def node(steps_lab: Lab, step_process: Steps) -> Steps:
    steps_lab.heal()
    steps_lab.reset()
    return step_process


@pytest.fixture
def cut_off(node: Steps, steps_lab: Lab) -> Iterator[Steps]:
    """A host that does not reach the store."""
    steps_lab.add_fault("n1", {"match": "snap info", "action": "fail-before"})
    yield node
    steps_lab.clear_fault("n1")


def asked(steps: Steps, *channels: str, accept: tuple[str, ...] = ()) -> list[str]:
    output = steps.apply("check_channels", host="n1", channels=channels, accept=accept)
    return [row["code"] for row in output["findings"]]


def test_channels_that_the_store_has_pass(node: Steps) -> None:
    assert asked(node, "1.33/stable", "1.34/candidate") == []


def test_the_first_channel_that_the_store_lacks_refuses_before_any_node_is_touched(
    node: Steps,
) -> None:
    with pytest.raises(StepFailed, match=r"the store has no channel 1\.97/stable") as failed:
        asked(node, "1.36/stable", "1.97/stable", "1.98/stable")

    assert failed.value.kind == "Permanent"
    assert asked(node, "1.97/stable", accept=("channel-not-in-store",)) == ["channel-not-in-store"]


def test_a_store_that_does_not_answer_refuses_nothing(cut_off: Steps) -> None:
    assert asked(cut_off, "1.97/stable") == []
