"""Undo of labels and taints: what was there comes back, and what somebody changed since stays."""

import re
import shlex
from types import SimpleNamespace

import pytest

from deploy_scripts import label_nodes
from deploy_scripts.before import Before
from deploy_scripts.fleet.errors import Transient


class Cluster:
    """One node whose marks the commands of the step change, as kubectl would."""

    def __init__(self, monkeypatch, *, labels=(), taints=()):
        self.node = {"name": "n1", "labels": dict(labels), "taints": list(taints)}
        self.done, self.stored = {}, {}
        self.fleet = SimpleNamespace(run=self.run, mark_done=self.done.__setitem__)
        monkeypatch.setattr(label_nodes, "listed_nodes", lambda *_, **__: {"nodes": [self.node]})
        monkeypatch.setattr(label_nodes, "node_of", lambda *_: self.node)

    def run(self, _, *, lines, **__):
        for line in lines:
            words = shlex.split(line)
            verb, marks = words[words.index("node") - 1], words[words.index("--overwrite") + 1 :]
            for mark in marks:
                getattr(self, verb)(mark)

    def label(self, mark):
        key, _, value = mark.partition("=")
        if mark.endswith("-"):
            self.node["labels"].pop(mark[:-1])
        else:
            self.node["labels"][key] = value

    def taint(self, mark):
        place = mark[:-1] if mark.endswith("-") else re.sub("=[^:]*", "", mark)
        self.node["taints"] = [
            taint for taint in self.node["taints"] if re.sub("=[^:]*", "", taint) != place
        ]
        if not mark.endswith("-"):
            self.node["taints"].append(mark)

    def act(self, name, **args):
        before = Before(self.stored, self.stored.update)
        args = {"labels": {}, "taints": {}, **args}
        getattr(label_nodes, name)(self.fleet, before=before, seed="n1", **args)


@pytest.mark.parametrize(
    "args",
    [
        {"labels": {"n1": {"zone": "b", "new": "1"}}},
        {"labels_off": {"n1": ["zone"]}},
        {"taints": {"n1": ["gpu=yes:NoSchedule", "new=1:NoExecute"]}},
        {"taints_off": {"n1": ["gpu:NoSchedule"]}},
    ],
)
def test_what_was_there_comes_back_exactly_also_after_a_second_attempt(monkeypatch, args):
    cluster = Cluster(monkeypatch, labels={"zone": "a"}, taints=["gpu=no:NoSchedule"])

    cluster.act("apply", **args)
    cluster.act("apply", **args)
    assert (cluster.node["labels"], cluster.node["taints"]) != (
        {"zone": "a"},
        ["gpu=no:NoSchedule"],
    )
    cluster.act("undo", **args)

    assert cluster.node["labels"] == {"zone": "a"}
    assert cluster.node["taints"] == ["gpu=no:NoSchedule"]
    assert cluster.done["n1"] == "as before"


def test_a_label_that_somebody_gave_a_third_value_stays_and_is_named(monkeypatch):
    cluster = Cluster(monkeypatch, labels={"zone": "a"})
    args = {"labels": {"n1": {"zone": "b", "new": "1"}}}
    cluster.act("apply", **args)
    cluster.node["labels"]["zone"] = "c"

    cluster.act("undo", **args)

    assert cluster.node["labels"] == {"zone": "c"}
    assert cluster.done["n1"].startswith("kept: zone has another value")


def test_a_label_that_was_there_already_is_not_taken_off_by_the_undo(monkeypatch):
    cluster = Cluster(monkeypatch, labels={"zone": "b"})
    args = {"labels": {"n1": {"zone": "b"}}}
    cluster.act("apply", **args)

    cluster.act("undo", **args)

    assert cluster.node["labels"] == {"zone": "b"}


def test_what_does_not_come_back_is_named_and_its_node_is_not_done(monkeypatch):
    cluster = Cluster(monkeypatch, labels={"zone": "a"})
    args = {"labels": {"n1": {"zone": "b", "new": "1"}}}
    cluster.act("apply", **args)
    cluster.done.clear()
    cluster.fleet.run = lambda *_, **__: None

    with pytest.raises(Transient, match="n1: zone=a did not stay; n1: new is still there"):
        cluster.act("undo", **args)

    assert cluster.done == {}
