"""A step that changes members one after the other asks the quorum guard before each of them."""

from types import SimpleNamespace

import pytest

from deploy_scripts import remove_lost
from deploy_scripts.fleet.errors import StepError


@pytest.fixture
def told(monkeypatch):
    """What is done, in order; the guard refuses n4."""
    rows = []

    def ask(_fleet, operation, hosts, *, control_plane):
        rows.append((str(operation), *hosts, *control_plane))
        if "n4" in hosts:
            raise StepError("cannot remove n4")

    def undo_join(_fleet, *, seed, host):
        rows.append(("out", host, seed))
        return "left"

    monkeypatch.setattr(remove_lost, "require_quorum", ask)
    monkeypatch.setattr(remove_lost, "undo_join", undo_join)
    return rows


def removed(*hosts):
    fleet = SimpleNamespace(mark_done=lambda *_: None)
    return remove_lost.apply(fleet, before=None, seed="n1", hosts=hosts)


def test_the_engine_asked_for_the_first_host_and_the_step_for_each_behind_it(told):
    removed("n2", "n3")

    assert told == [("out", "n2", "n1"), ("remove", "n3", "n1"), ("out", "n3", "n1")]


def test_what_the_guard_refuses_stops_the_step_before_that_host(told):
    with pytest.raises(StepError, match="cannot remove n4"):
        removed("n2", "n4", "n5")

    assert told == [("out", "n2", "n1"), ("remove", "n4", "n1")]
