"""Names in params are looked up by what their field means, in a kind that no module knows."""

import pytest
from marshmallow import Schema, fields

from cluster.meanings import (
    EXTENSION,
    ClusterName,
    ControlPlaneName,
    FreeHosts,
    NodeNames,
    by_node,
)
from cluster.names import Labels
from cluster.spec import Cluster, Environment, Host, Node, Phase, Role
from workflows.meanings import wrong_names
from workflows.plan import Change, Draft, Kind, Reservation, Scope
from workflows.planner import planned

KEY = "ssh-ed25519 " + "A" * 68
NODES = {"n1": Role.CONTROL_PLANE, "n2": Role.WORKER}
PROD = Cluster(
    "prod",
    Environment.DEV,
    {host: Node(host, role, "1.32/stable") for host, role in NODES.items()},
    phase=Phase.FORMED,
)
OWNERS = {"n1": "prod", "n2": "prod", "n3": "", "n4": "other", "n5": "prod"}
HOSTS = {name: Host(name, "10.0.0.1", KEY, cluster=owner) for name, owner in OWNERS.items()}


class Schooner(Schema):
    """Params of a kind that only this test has."""

    crew = FreeHosts()
    mates = NodeNames()
    captain = ControlPlaneName()
    flags = by_node(Labels(), "Flags, by node")
    name = ClusterName()
    note = fields.String()


def found(params, cluster=PROD, **scope_fields):
    scope = Scope("prod", cluster, HOSTS, **scope_fields)
    return [(row.code, row.field) for row in wrong_names(Schooner(), params, scope)]


def test_names_that_are_what_their_fields_mean_are_fine():
    good = {
        "crew": ["n3", "n5"],
        "name": "prod",
        "mates": ["n1", "n2"],
        "captain": "n1",
        "flags": {"n2": {}},
    }
    assert found(good | {"note": "n9"}) == []


@pytest.mark.parametrize(
    ("params", "code", "pointer"),
    [
        ({"crew": ["n3", "n9"]}, "unknown-host", "/params/crew/1"),
        ({"crew": ["n4"]}, "host-in-cluster", "/params/crew/0"),
        ({"mates": ["n1", "n3"]}, "no-such-node", "/params/mates/1"),
        ({"captain": "n2"}, "no-such-node", "/params/captain"),
        ({"captain": "n9"}, "no-such-node", "/params/captain"),
        ({"name": "dev"}, "not-confirmed", "/params/name"),
        ({"flags": {"n1": {"a": "b"}, "n9": {}}}, "no-such-node", "/params/flags/n9"),
    ],
)
def test_a_name_that_is_not_what_its_field_means_is_refused_at_its_place(params, code, pointer):
    assert found(params) == [(code, pointer)]


def test_a_node_that_is_nearly_named_is_offered():
    scope = Scope("prod", PROD, HOSTS)
    (only,) = wrong_names(Schooner(), {"captain": "n11"}, scope)
    assert only.message == "n11 is no node of cluster prod, which has n1, n2"
    assert only.advice == "did you mean n1?"


def test_a_form_and_openapi_learn_the_meaning_from_the_field():
    assert Schooner().fields["captain"].metadata[EXTENSION] == "control-plane-node"
    assert Schooner().fields["crew"].inner.metadata[EXTENSION] == "free-host"


def test_a_cluster_that_is_not_there_has_no_nodes():
    assert found({"mates": ["n1"]}, cluster=None) == [("no-such-node", "/params/mates/0")]


def test_the_job_that_holds_a_hosts_cluster_is_named():
    scope = Scope("prod", PROD, HOSTS, jobs={"other": "job-7"})
    (only,) = wrong_names(Schooner(), {"crew": ["n4"]}, scope)
    assert only.message == "host n4 belongs to cluster other, on which job job-7 is at work"


def test_a_host_that_is_a_node_already_is_no_fault_of_a_change_that_asks_for_it():
    assert found({"crew": ["n2"]}) == []


def test_a_host_that_a_resting_job_has_reserved_is_refused():
    held = {"n3": Reservation("job-7", "failed", is_over=False)}

    assert found({"crew": ["n3"]}, reservations=held) == [("host-reserved", "/params/crew/0")]


@pytest.mark.parametrize(
    ("params", "is_planned"), [({"captain": "n9"}, False), ({"crew": ["n9"]}, True), ({}, True)]
)
def test_a_kind_plans_on_nodes_that_are_there_and_on_no_others(params, is_planned):
    asked = []

    def plan(wanted, scope):
        asked.append(wanted)
        return Draft()

    kind = Kind("sail", "Sail", Schooner, plan, {})
    plan_of = planned(kind, Change("prod", "sail", params), Scope("prod", PROD, HOSTS))

    assert bool(asked) == is_planned
    assert bool(plan_of.refusals(frozenset())) == bool(params)
