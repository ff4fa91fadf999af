"""Which changes need an approval by the policy, whatever is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.spec import Environment
from workflows.access import Principal, Via
from workflows.approval_policy import BUILT_IN, MOST_HOURS, ApprovalPolicy, Asks
from workflows.kinds import CHECKS, KINDS
from workflows.plan import Lock

POLICIES = st.builds(
    ApprovalPolicy,
    asks=st.sampled_from(Asks),
    environments=st.frozensets(st.sampled_from(Environment)),
    final=st.booleans(),
    kinds=st.frozensets(st.sampled_from(sorted(KINDS))),
    within=st.integers(1, MOST_HOURS),
)
ANY_KIND = st.sampled_from([*KINDS.values(), *CHECKS.values()])
ANYWHERE = st.sampled_from([*Environment, None])


@pytest.mark.parametrize(
    ("kind", "environment", "why"),
    [
        ("add-nodes", Environment.PROD, "the cluster is for prod"),
        ("add-nodes", Environment.DEV, ""),
        ("create-cluster", None, ""),
        ("remove-node", Environment.DEV, "there is no way back from some of what remove-node does"),
        ("verify", Environment.PROD, ""),
    ],
)
def test_production_and_what_has_no_way_back_need_an_approval_unless_told_otherwise(
    kind, environment, why
):
    assert BUILT_IN.why(KINDS[kind], environment) == why


def test_a_kind_that_is_named_needs_an_approval_everywhere():
    policy = ApprovalPolicy(kinds=frozenset({"label-nodes"}))

    assert policy.why(KINDS["label-nodes"], Environment.DEV) == "label-nodes always needs it"


@given(POLICIES, ANY_KIND, ANYWHERE)
def test_what_only_looks_never_needs_an_approval_and_a_policy_that_never_asks_asks_nobody(
    policy, kind, environment
):
    if kind.lock is Lock.NONE or policy.asks is Asks.NEVER:
        assert policy.why(kind, environment) == ""


@given(POLICIES)
def test_a_policy_is_read_as_it_was_written(policy):
    assert ApprovalPolicy.from_dict(policy.as_dict()) == policy


def test_tokens_of_one_name_are_one_persons_and_a_hook_of_that_name_is_somebody_else():
    alice = Principal("1", "Alice", Via.TOKEN)

    assert alice.person == Principal("2", "alice", Via.SESSION).person
    assert alice.person != Principal("3", "alice", Via.HOOK).person
    assert alice.person != Principal("4", "bob", Via.TOKEN).person
    assert Principal("5").person != Principal("6").person
