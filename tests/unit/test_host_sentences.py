"""What each step changes on each host, in sentences."""

import pytest
from kind_worlds import example

from workflows.host_sentences import LOOKED_AT, SENTENCES, changes, groups
from workflows.kinds import KINDS
from workflows.step_modules import step_module, step_names

PLANS = {name: example(kind) for name, kind in KINDS.items()}


def said(name, on=(), **args):
    return changes({"name": name, "title": "Do", "hosts": list(on), "args": args})


def test_every_step_that_there_is_has_its_sentences_and_nothing_else_has():
    assert sorted(SENTENCES) == sorted(step_names())


@pytest.mark.parametrize("name", KINDS)
def test_each_step_of_a_kinds_example_says_something_of_each_of_its_hosts(name):
    for step in PLANS[name].steps:
        found = changes(step.as_dict())

        assert {*step.hosts} <= {*found}, step.name
        assert {*found} <= {*PLANS[name].connections}
        for sentence in (sentence for rows in found.values() for sentence in rows):
            assert sentence[0].islower(), sentence
            assert not sentence.endswith("."), sentence


@pytest.mark.parametrize("name", KINDS)
def test_a_step_that_only_asks_says_that_nothing_is_changed(name):
    for step in PLANS[name].steps:
        if step_module(step.name).asks:
            for rows in changes(step.as_dict()).values():
                assert any("nothing is changed" in row or "not asked" in row for row in rows)


def test_what_is_done_to_a_host_stands_with_that_host():
    labels = {"n1": {"disk": "ssd"}, "n2": {}}

    assert said("label_nodes", ["n1", "n2"], seed="n1", labels=labels, taints={"n2": ["a:B"]}) == {
        "n1": ["gets label disk=ssd"],
        "n2": ["gets taint a:B"],
    }
    assert said("remove_dead_node", ["n3", "n1"], seed="n1", host="n3") == {
        "n3": ["is not asked; what is on it stays there"],
        "n1": ["takes n3 off the lists of the datastore and of Kubernetes"],
    }
    assert "1.32/stable" in said("install_microk8s", hosts=["n4"], channel="1.32/stable")["n4"][0]
    addons = ["metallb:10.0.0.1-10.0.0.9", "dns"]
    assert said("enable_addons", ["n1"], seed="n1", addons=addons)["n1"] == [
        "enables metallb with 10.0.0.1-10.0.0.9, for the whole cluster",
        "enables dns, for the whole cluster",
    ]


def test_a_refresh_below_quorum_says_that_the_datastore_is_away():
    args = {"hosts": ["n1"], "channel": "1.33/stable"}

    assert any("quorum" in row for row in said("refresh_without_quorum", ["n1"], **args)["n1"])
    assert not any("quorum" in row for row in said("refresh_microk8s", ["n1"], **args)["n1"])


def test_lost_hosts_are_not_asked_and_their_seed_takes_them_off():
    found = said("remove_lost", ["n2", "n3", "n1"], seed="n1", hosts=["n2", "n3"])

    assert [len(found[host]) for host in ("n1", "n2", "n3")] == [2, 1, 1]


def test_hosts_of_which_the_same_is_said_stand_together():
    assert groups(said("observe", ["n1", "n2"]) | {"n3": ["reboots"]}) == [
        (("n1", "n2"), (LOOKED_AT,)),
        (("n3",), ("reboots",)),
    ]


def test_a_step_that_is_not_known_here_any_more_says_its_title():
    assert said("of_before", ["n1"]) == {"n1": ["takes part: do"]}
