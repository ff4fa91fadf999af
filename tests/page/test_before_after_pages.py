"""A plan on the page shows the cluster before and after beside each other."""

import re

import pytest
from seeding import formed, put_hosts

ADD = {"kind": "add-nodes", "cluster": "web", "order": "", "role.n5": "workers"}
REMOVE = {"kind": "remove-node", "cluster": "web", "node": "n4"}
TAGS = re.compile(r"<[^>]+>")


@pytest.fixture
def cluster(ledger, inventory):
    put_hosts(inventory, 5)
    formed(ledger, inventory, "web", control_plane=["n1", "n2", "n3"], workers=["n4"])


def sides(answer):
    """Return the two columns as plain text."""
    half = answer.text.partition('aria-label="Before"')[2].partition('aria-label="Afterwards"')
    return [re.sub(r"\s+", " ", TAGS.sub(" ", text.partition("</ul>")[0])) for text in half[::2]]


def test_a_node_that_comes_stands_only_afterwards_with_sign_and_word(member, cluster):
    before, after = sides(member.send("/changes/plan", ADD))

    assert "n5" not in before
    assert "+ n5 worker comes" in after
    assert "= n1 control plane" in before


def test_a_node_that_goes_stands_only_before_with_sign_and_word(member, cluster):
    before, after = sides(member.send("/changes/plan", REMOVE))

    assert "- n4 worker goes" in before
    assert "n4" not in after


def test_what_was_seen_otherwise_stands_before(member, ledger, inventory):
    put_hosts(inventory, 5)
    formed(ledger, inventory, "web", control_plane=["n1", "n2", "n3"], workers=["n4"], dead=("n3",))

    before, after = sides(member.send("/changes/plan", ADD))

    assert "was seen a dead member of the datastore, not Ready" in before
    assert "was seen" not in after


def test_a_step_that_only_looks_leaves_the_quorum_of_a_cluster_as_before(member, cluster):
    answer = member.send("/changes/plan", REMOVE)

    assert '<span class="soft">as before</span>' in answer.text
    assert "no cluster yet" not in answer.text


def test_a_plan_with_warnings_says_how_many_and_is_not_shown_as_all_well(member, cluster):
    answer = member.send("/changes/plan", REMOVE | {"node": "n3"})

    (banner,) = re.findall(r'<div class="banner (\w+)"><p><b>(.*?)</b>', answer.text)
    assert banner[0] == "warn"
    assert "with 1 warning, and nothing in the inventory stands against them" in banner[1]
