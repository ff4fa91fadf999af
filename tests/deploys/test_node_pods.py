"""Which pods a drain waits for, and which budgets keep them: templates rendered, and read back."""

import pytest

from deploy_scripts.microk8s.cordoning import NOTE_TEMPLATE, SOMEBODY, parse_note
from deploy_scripts.microk8s.pods import BUDGET_TEMPLATE, POD_TEMPLATE, parse_pods
from lab.emulator.go_template import render

SHOP = {"app": "shop"}
OTHER = {"app": "other"}


def pod(name, phase="Running", owner="ReplicaSet", **metadata):
    owners = [{"kind": "Node"}, {"kind": owner, "controller": True}] if owner else []
    metadata = {"name": name, "namespace": "default", "ownerReferences": owners} | metadata
    return {"metadata": metadata, "status": {"phase": phase}}


def budget(allowed=0, namespace="default", **selector):
    metadata = {"name": "shop", "namespace": namespace}
    return {
        "metadata": metadata,
        "spec": {"selector": selector},
        "status": {"disruptionsAllowed": allowed},
    }


def read(pods=(), budgets=()):
    listed = [
        render(template, {"items": list(items)})
        for template, items in ((POD_TEMPLATE, pods), (BUDGET_TEMPLATE, budgets))
    ]
    return parse_pods("".join(listed).splitlines())


@pytest.mark.parametrize(
    ("there", "has_to_go"),
    [
        (pod("a"), True),
        (pod("a", owner=""), True),
        (pod("a", phase="Pending"), True),
        (pod("a", owner="DaemonSet"), False),
        (pod("a", phase="Succeeded"), False),
        (pod("a", phase="Failed", owner=""), False),
        (pod("a", owner="", annotations={"kubernetes.io/config.mirror": "1"}), False),
        (pod("a", annotations={"note": "static"}), True),
    ],
)
def test_a_node_is_drained_once_what_can_go_has_gone(there, has_to_go):
    [found] = read([there])["pods"]

    assert found.has_to_go is has_to_go


@pytest.mark.parametrize(
    ("there", "keeps"),
    [
        (budget(matchLabels=SHOP), True),
        (budget(), True),  # it selects every pod of its namespace
        (budget(matchExpressions=[{"key": "app"}]), True),  # it may
        (budget(1, matchLabels=SHOP), False),
        (budget(matchLabels=OTHER), False),
        (budget(matchLabels=SHOP | OTHER | {"more": "x"}), False),
        (budget(namespace="other", matchLabels=SHOP), False),
    ],
)
def test_a_budget_keeps_the_pods_of_its_namespace_that_it_selects_once_it_is_spent(there, keeps):
    found = read([pod("a", labels=SHOP)], [there])

    assert found["budgets"][0].keeps(found["pods"][0]) is keeps


@pytest.mark.parametrize(
    "line",
    [
        "default",
        "default a Running owner:A owner:B",
        "default a Running static;reboot",
        "default $(reboot) Running",
        "default a \x1b[2J",
    ],
)
def test_what_no_template_prints_is_no_pod(line):
    with pytest.raises(ValueError, match=r"is no|says nothing"):
        parse_pods(["pods 1", line, "budgets 0"])


@pytest.mark.parametrize("lines", [[], ["pods 2", "default a Running", "budgets 0"], ["pods 0"]])
def test_a_list_that_is_cut_off_proves_nothing(lines):
    with pytest.raises(ValueError, match="kubectl printed"):
        parse_pods(lines)


@pytest.mark.parametrize(
    ("annotations", "job"),
    [
        ({}, ""),
        ({"clusterwright.io/cordoned-by": "3f2a"}, "3f2a"),
        ({"clusterwright.io/cordoned-by": "a\nb"}, SOMEBODY),
        ({"clusterwright.io/cordoned-by": 'a" "b'}, SOMEBODY),
        ({"other": "3f2a"}, ""),
    ],
)
def test_the_note_on_a_node_names_the_job_that_cordoned_it(annotations, job):
    printed = render(NOTE_TEMPLATE, {"metadata": {"annotations": annotations}})

    assert parse_note(printed.splitlines()) == job
