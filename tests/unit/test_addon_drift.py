"""Addons that somebody has switched by hand are found, and mended by file or by name."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kind_worlds import formed, hosts

from cluster.addon_drift import (
    addon_findings,
    changed_addons,
    enabled_addons,
    lost_addons,
    stray_addons,
    with_addon_findings,
)
from cluster.addon_names import ALIASES, COMMUNITY, CORE, FROM_THE_BEGINNING, canonical
from cluster.observation import Observation
from workflows.cluster_file.differences import differences
from workflows.kinds.apply import KIND, ApplySchema
from workflows.kinds.set_addons import KIND as SET_ADDONS
from workflows.plan import Basis, Change, Scope
from workflows.planner import normalised, planned

OWN = ("core/dns", "core/ha-cluster", "core/helm", "core/helm3")
RANGE, OTHER = "10.79.0.200-10.79.0.209", "10.79.0.210-10.79.0.219"
HOSTS = hosts({"n1": "prod"})
FILE = {"control_plane": ["n1"], "channel": "1.32/stable", "environment": "dev"}


def seen(*shown, recorded=("rbac",), addons_at=0.0, known=True):
    """A cluster with recorded addons, of which others were shown enabled at 10.0."""
    cluster = formed("prod", {"control_plane": ["n1"], "addons": list(recorded)})
    rows = tuple(sorted((*OWN, *shown))) if known else None
    look = Observation(10.0, ("n1",), True, (), None, addons=rows)
    return replace(cluster, observation=look, addons_at=addons_at)


def story(cluster, kind=KIND, behind=(), **params):
    wanted = normalised(kind, {**(FILE if kind is KIND else {}), **params})
    scope = Scope("prod", cluster, HOSTS, record=cluster, basis=Basis(behind=behind))
    return planned(kind, Change("prod", kind.name, wanted), scope)


def switched(plan):
    """The addons that a plan disables and enables, in its order."""
    return [
        (step.name, step.args["addons"]) for step in plan.steps if step.name.endswith("_addons")
    ]


def told(plan, code):
    return [finding.message for finding in plan.findings if finding.code == code]


def rows(cluster, **params):
    wanted = ApplySchema().load({**FILE, **params})
    return [
        (row.what, row.now, row.wanted, row.by, row.is_seen, row.needs_prune)
        for row in differences(wanted, "prod", cluster, HOSTS)
    ]


def test_addons_as_recorded_differ_in_nothing():
    cluster = seen("core/rbac", "core/metallb:" + RANGE, recorded=("rbac", f"metallb:{RANGE}"))

    assert list(addon_findings(cluster)) == []
    assert rows(cluster, addons=["rbac", f"metallb:{RANGE}"]) == []
    assert switched(story(cluster, addons=["rbac", f"metallb:{RANGE}"])) == []


def test_an_addon_that_is_shown_disabled_is_found_and_enabled_again_by_the_same_file():
    cluster = seen()

    (found,) = addon_findings(cluster)
    assert (found.code, found.severity) == ("addon-differs", "warn")
    assert "clusterwright change set-addons prod --enable rbac" in found.advice
    assert rows(cluster, addons=["rbac"]) == [
        ("addon rbac", "-", "rbac", "set-addons", True, False)
    ]
    assert switched(story(cluster, addons=["rbac"])) == [("enable_addons", ["rbac"])]


def test_it_is_enabled_with_the_argument_that_is_recorded_and_its_addresses_are_asked_for_anew():
    recorded = f"metallb:{RANGE}"

    plan = story(seen(recorded=(recorded,)), addons=[recorded])

    assert switched(plan) == [("enable_addons", [recorded])]
    (probe,) = [step for step in plan.steps if step.name == "probe_addresses"]
    assert probe.args["own"] == ""


def test_one_that_nobody_recorded_is_told_and_is_disabled_only_with_prune():
    cluster = seen("core/rbac", "core/registry")

    kept, pruned = (story(cluster, addons=["rbac"], prune=prune) for prune in (False, True))

    assert (switched(kept), switched(pruned)) == ([], [("disable_addons", ["registry"])])
    (message,) = told(kept, "would-be-removed")
    assert "addon registry was seen enabled" in message
    assert rows(cluster, addons=["rbac"]) == [
        ("addon registry", "registry", "-", "set-addons", True, True)
    ]


def test_one_that_nobody_recorded_and_the_file_names_is_recorded():
    plan = story(seen("core/rbac", "core/registry"), addons=["rbac", "registry"])

    assert switched(plan) == [("enable_addons", ["registry"])]
    assert told(plan, "would-be-removed") == []


def test_other_addresses_than_recorded_are_told_and_apply_takes_no_service_its_address():
    recorded, given_away = f"metallb:{RANGE}", f"metallb:{OTHER}"
    cluster = seen(f"core/{given_away}", recorded=(recorded,))

    plan = story(cluster, addons=[recorded])

    assert switched(plan) == []
    (message,) = told(plan, "seen-otherwise")
    assert OTHER in message
    assert rows(cluster, addons=[recorded]) == [
        ("addon metallb", given_away, recorded, "", True, False)
    ]


def test_set_addons_gives_away_what_is_recorded_or_records_what_is_given_away():
    recorded, given_away = f"metallb:{RANGE}", f"metallb:{OTHER}"
    cluster = seen(f"core/{given_away}", recorded=(recorded,))

    back = story(cluster, SET_ADDONS, enable=[recorded])
    written = story(cluster, SET_ADDONS, enable=[given_away])

    assert switched(back) == [("disable_addons", [given_away]), ("enable_addons", [recorded])]
    assert switched(written) == [("enable_addons", [given_away])]


def test_the_same_ranges_in_another_form_and_order_are_no_difference():
    recorded = "metallb:10.79.0.8/30,10.79.0.20-10.79.0.20"

    cluster = seen("core/metallb:10.79.0.20-10.79.0.20,10.79.0.8-10.79.0.11", recorded=(recorded,))

    assert list(addon_findings(cluster)) == []


def test_set_addons_enables_again_what_is_recorded_and_was_seen_disabled():
    assert switched(story(seen(), SET_ADDONS, enable=["rbac"])) == [("enable_addons", ["rbac"])]
    assert switched(story(seen("core/rbac"), SET_ADDONS, enable=["rbac"])) == []


@pytest.mark.parametrize(
    "cluster",
    [seen(known=False), seen(addons_at=10.0), seen(addons_at=11.0)],
    ids=["nobody was asked", "as old as the record", "older than the record"],
)
def test_where_nothing_is_known_nothing_differs(cluster):
    assert list(addon_findings(cluster)) == []
    assert switched(story(cluster, addons=["rbac"])) == []
    assert enabled_addons(cluster) == cluster.addons


def test_what_jobs_before_leave_is_not_judged_by_an_older_look_of_addons():
    plan = story(seen("core/registry"), behind=("j1",), addons=["rbac"], prune=True)

    assert switched(plan) == []
    assert told(plan, "would-be-removed") == []


def test_what_microk8s_enables_by_itself_or_for_another_addon_is_no_difference():
    cluster = seen("core/registry", "core/hostpath-storage", recorded=("registry",))

    assert list(addon_findings(cluster)) == []


@pytest.mark.parametrize("shown", ["core/storage", "core/hostpath-storage"])
@pytest.mark.parametrize("recorded", ["storage", "hostpath-storage", "core/hostpath-storage"])
def test_an_alias_is_the_addon(recorded, shown):
    assert list(addon_findings(seen(shown, recorded=(recorded,)))) == []


def test_an_addon_of_another_repository_is_another_addon():
    cluster = seen("mine/rbac", recorded=("core/rbac",))

    assert lost_addons(cluster) == ("core/rbac",)


def test_an_observation_of_before_tells_nothing_of_addons_and_stays_readable():
    row = seen("core/rbac").observation.as_dict()
    assert Observation.from_dict(row).addons == (*OWN, "core/rbac")

    del row["addons"]

    assert Observation.from_dict(row).addons is None


def test_a_cluster_tells_how_its_addons_differ_beside_what_the_look_found():
    found = with_addon_findings(seen("core/registry"))

    assert [row.code for row in found.observation.findings] == ["addon-differs"] * 2


NAMES = st.sampled_from(sorted(CORE | COMMUNITY | ALIASES.keys()))
SHOWN = st.lists(
    st.one_of(
        st.sampled_from(sorted(CORE | ALIASES.keys())).map("core/{}".format),
        st.sampled_from(sorted(COMMUNITY)).map("community/{}".format),
    ),
    max_size=8,
    unique=True,
)


@given(st.lists(NAMES, max_size=6, unique_by=canonical), SHOWN)
def test_each_recorded_addon_is_lost_or_enabled_and_no_stray_is_recorded(names, shown):
    cluster = seen(*shown, recorded=names)
    enabled = enabled_addons(cluster)

    assert not set(lost_addons(cluster)) & set(enabled)
    assert set(names) <= {*lost_addons(cluster), *enabled}
    assert not set(stray_addons(cluster)) & {*names, *FROM_THE_BEGINNING}
    assert changed_addons(cluster) == {}
    of_community = COMMUNITY - CORE
    mended = [f"community/{name}" if name in of_community else f"core/{name}" for name in names]
    assert list(addon_findings(seen(*mended, recorded=names))) == []
