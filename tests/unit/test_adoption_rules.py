"""Judging whether hosts are all the nodes of one cluster, which nobody has recorded."""

import shlex
from dataclasses import replace

import pytest
from click.testing import CliRunner

from cli.main import cli
from cluster.findings import Severity
from cluster.observation import Observation
from deploy_scripts.checks.adoption_rules import Looked, judge_adoption
from deploy_scripts.fleet.marks import Mark

ME = Mark(installation="first", cluster="prod", job="job-b")
ADDRESSES = {f"n{place}": f"10.0.0.{place}" for place in range(1, 6)}
NONE = {"installation": "", "cluster": "", "job": ""}


def state(role, mark=NONE, *, held=True):
    return {"role": role, "mark": mark, "held": held, "channel": "1.32/stable"}


def view(members, workers=(), *, by="n1", leader=True, alive=True):
    """Return the cluster of some hosts, or addresses, as one of them sees it."""
    hosts = {address: name for name, address in ADDRESSES.items()}

    def at(one):
        return ADDRESSES.get(one, one)

    return Observation.from_dict(
        {
            "at": 1.0,
            "seen_by": [by],
            "has_leader": leader,
            "leader": f"{at(members[0])}:19001" if leader else "",
            "members": [
                {
                    "host": hosts.get(at(one)),
                    "address": f"{at(one)}:19001",
                    "role": "voter",
                    "alive": alive,
                }
                for one in members
            ],
            "nodes": [
                {
                    "host": hosts.get(at(one)),
                    "name": one if one in ADDRESSES else "stranger",
                    "address": at(one),
                    "role": "worker" if one in workers else "control-plane",
                    "condition": "True",
                    "ready": True,
                    "version": "v1.32.3",
                }
                for one in (*members, *workers)
            ],
        }
    )


def looked(states, views):
    addresses = {host: ADDRESSES[host] for host in states}
    return Looked(tuple(states), states, views, addresses)


HA = {f"n{place}": state("control-plane") for place in (1, 2, 3)}
SEEN = view(["n1", "n2", "n3"], ["n4"])
WHOLE = {**HA, "n4": state("worker")}


def judged(states, views=None):
    views = {"n1": SEEN} if views is None else views
    return list(judge_adoption(looked(states, views), ME, "prod"))


def codes(findings):
    return [(found.code, found.host) for found in findings]


def test_all_nodes_of_one_cluster_are_fit_and_have_the_roles_that_it_gives_them():
    assert judged(WHOLE) == []
    assert looked(WHOLE, {"n1": SEEN}).roles == {
        **dict.fromkeys(("n1", "n2", "n3"), "control-plane"),
        "n4": "worker",
    }


def test_a_node_that_is_alone_is_a_cluster_though_its_datastore_is_on_loopback():
    seen = Observation.from_dict(
        view(["n1"]).as_dict()
        | {"members": [{**view(["n1"]).members[0].as_dict(), "address": "127.0.0.1:19001"}]}
    )

    assert judged({"n1": state("standalone")}, {"n1": seen}) == []


@pytest.mark.parametrize("left_out", ["n2", "n4"])
def test_a_node_whose_host_is_not_named_is_told_with_its_address_and_how_to_add_it(left_out):
    seen = view(
        [one if one != left_out else "10.9.9.9" for one in ("n1", "n2", "n3")],
        [one if one != left_out else "10.9.9.9" for one in ("n4",)],
    )
    states = {host: row for host, row in WHOLE.items() if host != left_out}

    [found] = judged(states, {"n1": seen})

    assert (found.code, found.measured) == ("unknown-member", "10.9.9.9")
    assert "clusterwright hosts add stranger --address 10.9.9.9 --scan" in found.advice


def test_a_host_that_the_inventory_has_at_another_address_is_told_with_the_right_one():
    seen = view(["n1", "n2", "n3"], ["n4"])
    states = looked(WHOLE, {"n1": seen})
    moved = Looked(states.hosts, states.states, {}, {**states.addresses, "n4": "10.0.0.99"})
    rows = [row | {"host": row["host"] if row["name"] != "n4" else None} for row in dicts(seen)]
    seen = Observation.from_dict(seen.as_dict() | {"nodes": rows})
    moved = Looked(moved.hosts, moved.states, {"n1": seen}, moved.addresses)

    found = {row.code: row for row in judge_adoption(moved, ME, "prod")}

    assert found.keys() == {"unknown-member", "not-a-member"}
    assert "clusterwright hosts update n4 --node-address 10.0.0.4" in found["unknown-member"].advice


def dicts(seen):
    return [row.as_dict() for row in seen.nodes]


def test_a_host_of_another_cluster_is_told_with_its_members():
    states = {**WHOLE, "n5": state("control-plane")}

    [found] = judged(states, {"n1": SEEN, "n5": view(["n5", "10.9.9.9"], by="n5")})

    assert (found.code, found.host) == ("two-clusters", "n5")
    assert found.measured == ["10.0.0.5:19001", "10.9.9.9:19001"]


@pytest.mark.parametrize("what", ["not-installed", "stopped", "half-joined", "joining"])
def test_a_host_that_is_no_node_is_refused(what):
    assert codes(judged({**WHOLE, "n5": state(what)})) == [("nothing-to-adopt", "n5")]


@pytest.mark.parametrize(
    ("machines", "told", "refuses"),
    [
        ({"n4": "0f"}, {"n4": "0f"}, False),
        ({"n4": "0f"}, {"n4": "1e"}, True),
        ({"n4": ""}, {"n4": "1e"}, False),
        ({"n4": "0f"}, {}, False),
    ],
)
def test_a_host_at_the_address_of_a_node_has_to_be_the_machine_of_it(machines, told, refuses):
    one = looked(WHOLE, {"n1": SEEN})

    found = judge_adoption(replace(one, machines=machines, node_machines=told), ME, "prod")

    assert codes(found) == ([("other-machine", "n4")] if refuses else [])


def test_workers_alone_tell_nothing_of_their_cluster():
    assert codes(judged({"n4": state("worker")}, {})) == [("nobody-tells", None)]


@pytest.mark.parametrize(
    ("mark", "refuses"),
    [
        (("", "", ""), False),
        (("first", "prod", "job-a"), False),
        (("first", "dev", "job-a"), True),
        (("second", "prod", "job-a"), True),
    ],
)
def test_a_mark_of_anybody_else_has_to_be_accepted(mark, refuses):
    bears = dict(zip(("installation", "cluster", "job"), mark, strict=True))

    found = judged({**WHOLE, "n2": state("control-plane", bears)})

    assert codes(found) == ([("marked-by-another", "n2")] if refuses else [])
    assert all(row.acceptable for row in found)


def test_a_member_that_is_dead_keeps_nobody_from_adopting_the_cluster():
    found = judged(HA, {"n1": view(["n1", "n2", "n3"], alive=False)})

    assert {row.code for row in found} == {"dead-member"}
    assert {row.severity for row in found} == {Severity.WARN}


def test_without_a_leader_nobody_knows_the_members():
    found = judged(HA, {"n1": view(["n1", "n2", "n3"], leader=False)})

    assert [row.code for row in found if row.severity is Severity.REFUSE] == ["no-leader"]


def test_the_view_with_a_leader_is_believed_before_one_that_lists_more():
    lonely = view(["n1", "n2", "n3", "10.9.9.9"], leader=False)

    assert looked(WHOLE, {"n1": lonely, "n2": SEEN}).teller == "n2"


def test_refreshes_that_are_not_held_are_warned_of():
    found = judged({**WHOLE, "n4": state("worker", held=False)})

    assert [(row.code, row.severity) for row in found] == [("refreshes-not-held", Severity.WARN)]


def test_the_commands_of_the_advice_are_commands_that_there_are():
    for verb in ("add", "update"):
        words = shlex.split(f"hosts {verb} --help")
        assert CliRunner().invoke(cli, words).exit_code == 0
