"""The roles of tokens, spelled out into grants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.spec import Environment
from workflows.access import EVERYTHING, Grant, Permission, Principal, allowed
from workflows.roles import ROLES, Role, beyond, spelled_out

DEV, STAGING, PROD = Environment.DEV, Environment.STAGING, Environment.PROD
MAY = {
    Role.VIEWER: "read",
    Role.OPERATOR: "read plan change",
    Role.APPROVER: "read approve",
    Role.ADMIN: "read plan change destroy approve admin",
}
SETS = st.frozensets(st.sampled_from(Role), min_size=1)
PLACES = st.frozensets(st.sampled_from(Environment), min_size=1)
PATTERNS = st.sampled_from(["*", "test-*", "prod"])


def may(grants, need, cluster="prod", environment=PROD):
    return allowed(Principal(grants=grants), need, cluster=cluster, environment=environment)


@pytest.mark.parametrize("role", Role)
def test_in_production_each_role_may_do_this_and_nothing_else(role):
    grants = spelled_out([role])

    assert {need for need in Permission if may(grants, need)} == set(
        map(Permission, MAY[role].split())
    )


@pytest.mark.parametrize(("environment", "may_end"), [(DEV, True), (STAGING, True), (PROD, False)])
def test_an_operator_ends_clusters_that_are_not_in_production(environment, may_end):
    grants = spelled_out([Role.OPERATOR])

    assert may(grants, Permission.DESTROY, environment=environment) is may_end


def test_an_operator_of_production_alone_is_granted_no_end_of_a_cluster_at_all():
    grants = spelled_out([Role.OPERATOR], environments=frozenset({PROD}))

    assert [grant.permission for grant in grants] == [Permission.CHANGE]


@pytest.mark.parametrize("role", Role)
def test_a_role_on_some_clusters_is_one_on_no_others_and_not_on_all_at_once(role):
    grants = spelled_out([role], "test-*")

    assert may(grants, Permission.READ, cluster="test-1")
    assert not may(grants, Permission.READ, cluster="prod")
    assert not may(grants, Permission.READ, cluster=None)


def test_an_admin_of_everything_is_granted_what_the_first_token_is():
    assert spelled_out([Role.ADMIN]) == EVERYTHING


@given(SETS, SETS, PATTERNS, PLACES)
def test_several_roles_may_do_what_one_of_them_may(some, more, clusters, environments):
    both = spelled_out(some | more, clusters, environments)

    for need in Permission:
        for environment in Environment:
            each = [
                may(spelled_out([role], clusters, environments), need, "prod", environment)
                for role in some | more
            ]
            assert may(both, need, "prod", environment) == any(each)


@given(SETS, PATTERNS, PLACES)
def test_nothing_goes_beyond_itself_nor_beyond_everything(roles, clusters, environments):
    grants = spelled_out(roles, clusters, environments)

    assert beyond(grants, grants) is None
    assert beyond(EVERYTHING, grants) is None


@given(SETS, SETS, PATTERNS, PATTERNS, PLACES, PLACES, st.sampled_from(Environment))
def test_what_does_not_go_beyond_may_nothing_more(
    held, wanted, of_held, of_wanted, here, there, environment
):
    holder = spelled_out(held, of_held, here)
    token = spelled_out(wanted, of_wanted, there)

    if beyond(holder, token) is None:
        for need in Permission:
            for cluster in ("prod", "test-1", "other"):
                if may(token, need, cluster, environment):
                    assert may(holder, need, cluster, environment)


def test_who_may_administer_and_nothing_else_gives_nothing_else():
    admin_only = (Grant(Permission.ADMIN),)

    assert beyond(admin_only, spelled_out([Role.VIEWER])) is None
    assert beyond(admin_only, spelled_out([Role.OPERATOR])) is not None
    assert beyond(spelled_out([Role.ADMIN], "test-*"), spelled_out([Role.VIEWER])) is not None


def test_every_role_has_its_row():
    assert set(ROLES) == set(Role)
