"""Whether a host is a node at work, from what snapd and the cluster say of it."""

from typing import Any

import pytest

from deploy_scripts.microk8s.readiness import DATASTORE, PROXY, SERVICES, lack_of, silence_of

STATE = {"version": "v1.32.3", "active": [*SERVICES, PROXY, DATASTORE]}


def seen(**changed: Any) -> dict[str, Any]:
    node = {"host": "n2", "ready": True, "version": "v1.32.3", "heard_ago": 4}
    return {"nodes": [node | changed], "nodes_error": ""}


def test_a_node_that_lacks_nothing_is_at_work() -> None:
    assert lack_of("n2", STATE, seen(), is_member=True) == ""


@pytest.mark.parametrize(
    ("view", "told"),
    [
        (seen(ready=False), "n2 is not Ready"),
        (seen(version="v1.31.9"), "n2 runs v1.31.9, and its snap is v1.32.3"),
        (seen(host="n3"), "Kubernetes does not list n2"),
        ({"nodes": None, "nodes_error": "refused"}, "the Kubernetes API does not answer (refused)"),
    ],
)
def test_what_a_node_lacks_is_told(view: dict[str, Any], told: str) -> None:
    assert lack_of("n2", STATE, view, is_member=False) == told


def test_a_service_that_is_down_is_named_by_the_role_of_its_node() -> None:
    state = STATE | {"active": list(SERVICES)}

    assert lack_of("n2", state, seen(), is_member=True) == f"{DATASTORE} of n2 is down"
    assert lack_of("n2", state, seen(), is_member=False) == f"{PROXY} of n2 is down"


@pytest.mark.parametrize(
    ("heard_ago", "up_seconds", "is_silent"),
    [(4, 5, False), (4, 4, False), (30, 5, True), (None, 900, True)],
)
def test_a_kubelet_counts_as_silent_until_it_is_heard_of_since_the_boot(
    heard_ago: int | None, up_seconds: int, is_silent: bool
) -> None:
    assert bool(silence_of("n2", seen(heard_ago=heard_ago), up_seconds)) is is_silent
