"""The engine asks the quorum guard with what a fresh look says, a missing leader included."""

import pytest

from deploy_scripts.fleet.errors import Transient
from workflows.engine import _Run

PLANNED = {"operation": "join", "host": "cp-2", "control_plane": ["cp-1"]}


class Fleet:
    """One control plane node that answers a look with its view."""

    names = ("cp-1", "cp-2")

    def __init__(self, *, has_leader):
        row = {"address": "10.0.0.1:19001", "id": "1", "role": "voter", "alive": True}
        self.view = {
            "has_leader": has_leader,
            "leader": row["address"] if has_leader else "",
            "members": [row | {"leader": has_leader}],
            "nodes": None,
            "nodes_error": "refused",
        }

    def node_address(self, name):
        return {"cp-1": "10.0.0.1", "cp-2": "10.0.0.2"}[name]

    def try_facts(self, _fact, *, on):
        return dict.fromkeys(on, self.view), ()


def guarded(fleet):
    run = object.__new__(_Run)  # the guard needs nothing of what an attempt carries
    run._guard(fleet, PLANNED)


def test_one_voter_of_one_that_answers_without_a_leader_lets_no_step_begin():
    with pytest.raises(Transient, match="the datastore has no leader") as caught:
        guarded(Fleet(has_leader=False))

    assert "start MicroK8s on" in caught.value.advice


def test_the_same_voter_lets_it_begin_while_it_leads():
    guarded(Fleet(has_leader=True))
