"""What remains of a change without some of its hosts, planned for every place where it may fail."""

import json

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from kind_worlds import formed, plan_of
from marshmallow import Schema, fields

from cluster.meanings import (
    ClusterName,
    ControlPlaneName,
    FreeHosts,
    NodeNames,
    OnlyHost,
    by_node,
    leave_out,
)
from cluster.names import HostName, Labels
from cluster.spec import Cluster, Environment
from workflows.kinds import KINDS
from workflows.narrowing import NotNarrower, named_in, narrowed
from workflows.plan import Change
from workflows.planner import normalised
from workflows.remaining import REMOVAL, NotFitting, rest_of
from workflows.step_records import step_record
from workflows.writes import after, founded, from_dict

NAMES = ("n2", "n3", "n4", "n5")
ADD, CREATE = KINDS["add-nodes"], KINDS["create-cluster"]


class EverySchema(Schema):
    """One field of each sort that may name a host, and one that only looks as if it did."""

    confirm = ClusterName()
    through = ControlPlaneName(allow_none=True)
    free = FreeHosts()
    nodes = NodeNames()
    labels = by_node(Labels(), "Labels, by node")
    zones = by_node(HostName(), "Zones, by node")
    plain = fields.List(HostName())


@st.composite
def growths(draw):
    """What a cluster is to grow by, those of it that are lost, and at which step that is seen."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, unique=True))
    split = draw(st.integers(0, len(names)))
    lost = draw(st.sets(st.sampled_from(names), min_size=1, max_size=len(names) - 1))
    params = {"control_plane": names[:split], "workers": names[split:]}
    return params, frozenset(lost), draw(st.integers(0, 12)), draw(st.booleans())


@st.composite
def creations(draw):
    """The same of a cluster that is formed, whose first node may be lost before it is one."""
    params, lost, done, has_failed = draw(growths())
    names = ["n1", *params["control_plane"], *params["workers"]]
    labelled = draw(st.sets(st.sampled_from(names)))
    more = {
        "control_plane": ["n1", *params["control_plane"]],
        "labels": {name: {"disk": "ssd"} for name in sorted(labelled)},
        "addons": draw(st.sampled_from([[], ["dns"]])),
    }
    lost |= draw(st.sampled_from([frozenset(), frozenset({"n1"})]))
    return params | more, lost, done, has_failed


def records_of(rows, done, *, has_failed):
    """How steps stand of which so many are done, and the next has failed or was not begun."""
    for index, row in enumerate(rows):
        has_begun = index < done or (index == done and has_failed)
        status = "done" if index < done else "failed" if has_begun else "pending"
        step_row = {"name": row["name"], "status": status, "attempt": str(int(has_begun))}
        yield step_record(index, step_row, {}, row)


def stored(plan):
    return json.loads(json.dumps([step.as_dict() for step in plan.steps]))


def written(cluster: Cluster, rows):
    return after(cluster, (from_dict(write) for row in rows for write in row["writes"]))


@given(growths())
def test_whatever_was_done_a_cluster_grows_by_the_hosts_that_are_not_lost(growth):
    the_rest_ends_in_the_cluster_without_the_lost(ADD, growth)


WITH_ONE_WORKER = {"control_plane": ["n1", "n2"], "workers": ["n3"], "labels": {}, "addons": []}


@given(creations())
@example((WITH_ONE_WORKER, frozenset({"n3"}), 5, False))  # who looked before it joined
@example((WITH_ONE_WORKER, frozenset({"n3"}), 4, True))
def test_whatever_was_done_a_cluster_is_formed_of_the_hosts_that_are_not_lost(creation):
    assume(set(creation[0]["control_plane"]) - creation[1])
    the_rest_ends_in_the_cluster_without_the_lost(CREATE, creation)


def the_rest_ends_in_the_cluster_without_the_lost(kind, asked):
    params, lost, done, has_failed = asked
    there = formed("prod", {"control_plane": ["n1"]}) if kind is ADD else None
    before = there or founded("prod", Environment.DEV)
    params = normalised(kind, params)
    rows = stored(plan_of(kind, "prod", params, there))
    assume(done < len(rows))
    records = list(records_of(rows, done, has_failed=has_failed))
    now = written(before, rows[:done])
    assume(not lost & set(now.nodes))
    change = narrowed(kind, Change("prod", kind.name, params), lost)
    plan = plan_of(kind, "prod", change.params, there)

    rest = rest_of(rows, records, plan, now, lost)

    kept = rest.steps[: rest.kept]
    assert list(kept[:done]) == rows[:done]
    assert rest.kept == done + has_failed
    still = [row for place, row in enumerate(rest.steps) if place >= done]
    tried = [row for place, row in enumerate(rest.steps) if place not in rest.left_out][done:]
    assert written(now, still).nodes == plan.leaves.nodes == written(before, rest.steps).nodes
    assert not [row for row in tried if row["name"] != REMOVAL and names_of(row) & lost]
    assert tried[-1] == stored(plan)[-1]
    taken_out = {host for row in tried if row["name"] == REMOVAL for host in row["args"]["hosts"]}
    began_to_join = rows[done]["name"].startswith("join_") and has_failed
    assert taken_out == (lost & set(rows[done]["hosts"]) if began_to_join else set())


def names_of(row):
    text = json.dumps(row)
    return {name for name in ("n1", *NAMES) if f'"{name}"' in text}


@given(growths())
def test_to_leave_out_nobody_changes_nothing_and_to_do_it_twice_changes_nothing_more(growth):
    params, lost, *_ = growth
    change = Change("prod", ADD.name, normalised(ADD, params))

    once = narrowed(ADD, change, lost)

    assert narrowed(ADD, change, frozenset()) == change
    assert narrowed(ADD, once, lost) == once
    assert named_in(ADD, change, NAMES) == {*params["control_plane"], *params["workers"]}
    assert not named_in(ADD, once, lost)


def test_a_host_is_left_out_wherever_a_field_means_one_and_nowhere_else():
    params = {
        "confirm": "n2",
        "through": None,
        "free": ["n1", "n2"],
        "nodes": ["n2"],
        "labels": {"n1": {"n2": "n2"}, "n2": {}},
        "zones": {"n1": "n2", "n2": "a"},
        "plain": ["n2"],
    }

    assert leave_out(EverySchema(), params, {"n2"}) == {
        "confirm": "n2",
        "through": None,
        "free": ["n1"],
        "nodes": [],
        "labels": {"n1": {"n2": "n2"}},
        "zones": {"n1": "n2"},
        "plain": ["n2"],
    }


def test_a_field_that_names_one_host_is_not_left_without_it():
    with pytest.raises(OnlyHost, match="/through names n2"):
        leave_out(EverySchema(), {"through": "n2", "nodes": ["n2"]}, {"n2"})


def test_what_is_no_change_any_more_says_what_its_schema_says():
    params = normalised(CREATE, {"control_plane": ["n1"], "workers": ["n2"]})

    with pytest.raises(NotNarrower, match=r"^/control_plane: cannot form a cluster without"):
        narrowed(CREATE, Change("prod", CREATE.name, params), {"n1"})


def test_what_was_done_otherwise_than_the_plan_without_the_hosts_begins_is_refused():
    before = formed("prod", {"control_plane": ["n1"]})
    rows = stored(plan_of(ADD, "prod", {"workers": ["n2", "n3"]}, before))
    records = list(records_of(rows, 3, has_failed=False))
    other = plan_of(ADD, "prod", {"workers": ["n4"]}, before)

    with pytest.raises(NotFitting, match="step 3, 'Prepare "):
        rest_of(rows, records, other, before, {"n3"})
