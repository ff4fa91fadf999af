"""Who may do what: grants, as rules that hold for all of them."""

import json
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.spec import Environment
from workflows.access import (
    EVERYTHING,
    NOBODY,
    TAKES_IN,
    Forbidden,
    Grant,
    Permission,
    Principal,
    Via,
    allowed,
    demand,
)

ENVIRONMENTS = st.sampled_from(Environment)
NAMES = st.sampled_from(["prod", "prod-2", "test", "test-1", "other"])
GRANTS = st.builds(
    Grant,
    st.sampled_from(Permission),
    st.sampled_from(["*", "prod", "test-*", "*-1", "?est"]),
    st.frozensets(ENVIRONMENTS),
)
HELD = st.lists(GRANTS, max_size=5).map(tuple)
ASKED = st.fixed_dictionaries(
    {"need": st.sampled_from(Permission), "cluster": NAMES, "environment": ENVIRONMENTS}
)


def holder(*grants):
    return Principal("0123456789ab", "robot", Via.TOKEN, grants)


@given(ASKED)
def test_who_is_granted_nothing_may_do_nothing_and_who_is_granted_everything_all(asked):
    assert not allowed(holder(), **asked)
    assert allowed(holder(*EVERYTHING), **asked)
    assert allowed(NOBODY, **asked)


@given(HELD, GRANTS, ASKED)
def test_a_further_grant_takes_nothing_away(held, more, asked):
    if allowed(holder(*held), **asked):
        assert allowed(holder(*held, more), **asked)


@given(HELD, ASKED)
def test_what_is_allowed_is_allowed_by_one_grant_for_that_very_cluster(held, asked):
    fitting = [
        grant
        for grant in held
        if asked["need"] in {grant.permission, *TAKES_IN[grant.permission]}
        and asked["environment"] in grant.environments
        and fnmatchcase(asked["cluster"], grant.clusters)
    ]

    assert allowed(holder(*held), **asked) == bool(fitting)


@given(HELD, ASKED)
def test_who_may_do_something_to_all_clusters_may_do_it_to_each(held, asked):
    if allowed(holder(*held), asked["need"], cluster=None, environment=None):
        assert allowed(holder(*held), **asked)


@given(HELD, ASKED)
def test_a_cluster_that_is_not_there_yet_is_not_held_against_an_environment(held, asked):
    if allowed(holder(*held), **asked):
        assert allowed(holder(*held), asked["need"], cluster=asked["cluster"], environment=None)


@given(st.sampled_from(Permission), ASKED)
def test_whoever_may_do_anything_to_a_cluster_may_look_at_it(permission, asked):
    assert allowed(holder(Grant(permission)), **asked | {"need": Permission.READ})


@pytest.mark.parametrize(
    ("held", "need"),
    [
        (Permission.CHANGE, Permission.DESTROY),
        (Permission.CHANGE, Permission.APPROVE),
        (Permission.APPROVE, Permission.CHANGE),
        (Permission.ADMIN, Permission.CHANGE),
        (Permission.DESTROY, Permission.ADMIN),
        (Permission.PLAN, Permission.CHANGE),
    ],
)
def test_no_permission_hides_another_that_is_a_matter_of_its_own(held, need):
    assert not allowed(holder(Grant(held)), need, cluster="prod", environment=Environment.PROD)


@given(GRANTS)
def test_a_grant_is_read_back_as_it_was_stored(grant):
    assert Grant.from_dict(json.loads(json.dumps(grant.as_dict()))) == grant


def test_what_a_stored_grant_leaves_out_limits_nothing():
    assert Grant.from_dict({"permission": "read"}) == Grant(Permission.READ)


@pytest.mark.parametrize(("cluster", "scope"), [("prod", "on cluster prod"), (None, "on all")])
def test_a_refusal_names_the_permission_the_cluster_the_token_and_what_to_do(cluster, scope):
    with pytest.raises(Forbidden) as refused:
        demand(holder(), Permission.DESTROY, cluster=cluster, environment=None)

    message = str(refused.value)
    assert message.startswith(f"cannot do this: it needs the permission destroy {scope}")
    assert "0123456789ab (robot)" in message
    assert "use a token that has it, or ask whoever runs Clusterwright" in message
