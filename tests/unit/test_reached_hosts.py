"""A job reaches all hosts that its steps touch, or that are asked before them."""

from workflows.work import Work


def test_members_that_a_guard_asks_are_reached_though_no_step_names_them():
    guard = {"operation": "join", "hosts": ["n3"], "control_plane": ["n1", "n2"]}
    steps = [{"hosts": ["n3"], "guard": guard}, {"hosts": ["n3", "n4"], "guard": None}]

    work = Work("prod", "add-nodes", "", {"steps": steps}, step=None, reached={})

    assert work.hosts == ["n3", "n4", "n1", "n2"]
