"""Planning ``refresh-certs``: whose certificates end, as the cluster was last seen."""

import pytest
from kind_worlds import hosts
from marshmallow import ValidationError

from cluster.certificates import DAY_SECONDS, NAMES, SeenCertificate
from cluster.observation import Observation, SeenMember
from cluster.quorum import DqliteRole, Operation
from cluster.spec import Cluster, Environment, Node, Role
from workflows.kinds.refresh_certs import KIND, RefreshCertsSchema
from workflows.plan import Change, Plan, Scope
from workflows.planner import normalised
from workflows.planner import planned as plan

NOW = 1_800_000_000
CONTROL_PLANE = ("n1", "n2", "n3")


def certificates(host, days=300, authority=3000):
    left = dict.fromkeys(NAMES, days) | {"ca.crt": authority}
    return tuple(
        SeenCertificate(host, name, NOW + each * DAY_SECONDS) for name, each in left.items()
    )


def cluster(*rows, control_plane=CONTROL_PLANE, dead=()):
    """A cluster with a worker, whose certificates were seen so; without rows it never was."""
    nodes = {
        **{host: Node(host, Role.CONTROL_PLANE, "1.32/stable") for host in control_plane},
        "n4": Node("n4", Role.WORKER, "1.32/stable"),
    }
    members = tuple(
        SeenMember(host, "", DqliteRole.VOTER, host not in dead) for host in control_plane
    )
    seen = Observation(float(NOW), (), True, members, (), certificates=rows) if rows else None
    return Cluster("prod", Environment.PROD, nodes, observation=seen)


def all_seen(**days):
    return [row for host in CONTROL_PLANE for row in certificates(host, days.get(host, 300))]


def planned(there, **params) -> Plan:
    known = hosts(dict.fromkeys(there.nodes, "prod"))
    change = Change("prod", "refresh-certs", normalised(KIND, params))
    return plan(KIND, change, Scope("prod", there, known, record=there))


def renewed(found):
    return [step.args["host"] for step in found.steps if step.name == "refresh_certs"]


def codes(found):
    return [row.code for row in found.findings]


def test_only_nodes_whose_certificate_ends_within_the_days_are_renewed():
    there = cluster(*all_seen(n1=29, n2=30, n3=-4))

    assert renewed(planned(there)) == ["n1", "n3"]
    assert renewed(planned(there, within_days=0)) == ["n3"]
    assert renewed(planned(there, within_days=31)) == ["n1", "n2", "n3"]


def test_a_node_that_lacks_a_certificate_is_renewed():
    rows = [*all_seen()[:-1], SeenCertificate("n3", "front-proxy-client.crt", 0)]

    assert renewed(planned(cluster(*rows))) == ["n3"]


def test_one_node_is_renewed_after_the_other_and_the_cluster_is_verified_in_the_end():
    steps = planned(cluster(*all_seen()), all=True).steps

    assert [step.name for step in steps] == [
        "observe",
        *["refresh_certs"] * 3,
        "verify_quorum",
    ]
    assert [step.hosts for step in steps[1:4]] == [("n1",), ("n2",), ("n3",)]
    assert {(step.guard.operation, step.guard.control_plane) for step in steps[1:4]} == {
        (Operation.STOP, CONTROL_PLANE)
    }
    assert [step.guard.hosts for step in steps[1:4]] == [("n1",), ("n2",), ("n3",)]


@pytest.mark.parametrize("control_plane", [("n1",), ("n1", "n2")])
def test_the_guard_does_not_keep_clusters_that_survive_no_stop_from_new_certificates(control_plane):
    found = planned(cluster(control_plane=control_plane), all=True)

    assert renewed(found) == list(control_plane)
    assert [step.guard for step in found.steps] == [None] * len(found.steps)


def test_nothing_that_ends_is_said_and_the_job_still_looks_and_plans_anew_on_that():
    found = planned(cluster(*all_seen(n2=200)))

    assert codes(found) == ["nothing-to-renew"]
    assert "of n2, ends in 200 days" in found.findings[0].message
    # Only a plan with a step after the look is made anew on what the look sees.
    assert [step.name for step in found.steps] == ["observe", "verify_quorum"]


@pytest.mark.parametrize(
    ("there", "unknown"),
    [
        (cluster(), "of n1, n2, n3 end"),
        (cluster(*certificates("n1"), *certificates("n3")), "of n2 end"),
    ],
    ids=["never looked at", "one silent"],
)
def test_unknown_ends_refuse_the_change_unless_all_are_renewed(there, unknown):
    found = planned(there)

    assert codes(found) == ["certificates-not-seen"]
    assert unknown in found.findings[0].message
    assert found.refusals(frozenset({"certificates-not-seen"}))
    assert not planned(there, all=True).findings


def test_an_authority_that_ends_is_not_renewed_and_refuses_until_it_is_accepted():
    rows = [row for host in CONTROL_PLANE for row in certificates(host, 5, authority=20)]

    found = planned(cluster(*rows))

    assert codes(found) == ["authority-ends-soon"]
    assert found.refusals(frozenset())
    assert not found.refusals(frozenset({"authority-ends-soon"}))
    assert renewed(found) == ["n1", "n2", "n3"]
    assert codes(planned(cluster(*rows), within_days=20)) == []


def test_a_member_that_does_not_answer_refuses_the_change():
    found = planned(cluster(*all_seen(n1=3), dead=("n2",)))

    assert codes(found) == ["dead-member-listed"]


@pytest.mark.parametrize("days", [-1, 3651, 1.5, "soon"])
def test_days_are_a_whole_number_up_to_ten_years(days):
    with pytest.raises(ValidationError):
        RefreshCertsSchema().load({"within_days": days})
