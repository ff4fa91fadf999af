"""What snapd says of MicroK8s is read by its columns, and nothing else is taken for it."""

import honest_answers as honest
import pytest

from deploy_scripts.microk8s.snap_state import parse_state


def test_the_row_of_the_snap_and_the_services_that_run_are_read() -> None:
    assert parse_state(honest.SNAP) == {
        "version": "v1.32.3",
        "revision": "7890",
        "channel": "1.32/stable",
        "active": ["daemon-kubelite"],
    }


@pytest.mark.parametrize(
    "row",
    [
        "",
        "microk8s  v1.32.3",
        "microk8s  v1.32.3  7890;reboot  1.32/stable  canonical**  classic",
        "microk8s  v1.32.3  7890  $(reboot)  canonical**  classic",
        "microk8s  v1.32.3  7890  1.32/stable\nmicrok8s  v1.33.1  8085  1.33/stable  x  -",
    ],
)
def test_a_row_that_no_snap_has_is_refused(row: str) -> None:
    with pytest.raises(ValueError, match=r"is no |does not tell one"):
        parse_state(["@@snap", "Name", *row.split("\n"), "@@services"])


def test_an_answer_without_an_end_is_refused() -> None:
    with pytest.raises(ValueError, match="101 lines"):
        parse_state(["x"] * 101)
