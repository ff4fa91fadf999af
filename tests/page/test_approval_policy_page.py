"""The approval policy on the page: shown, changed by its form, and never over somebody's change."""

import re

import pytest

from api.access.tokens import new_token, register
from workflows.approval_policies import load_policy
from workflows.approval_policy import BUILT_IN, ApprovalPolicy, Asks
from workflows.audit.log import KEY
from workflows.audit.records import Record

PLACE = "/approval-policy"
FORM = {
    "asks": "always",
    "environments": ["prod", "staging"],
    "kinds": ["label-nodes"],
    "within": "8",
    "revision": "0",
}


def checked(page):
    """Return the values of the choices that are made."""
    found = re.findall(r'name="(\w+)" value="([^"]+)" checked', page)
    return {(name, value) for name, value in found}


def test_the_built_in_policy_is_shown_with_who_else_may_approve(member, redis):
    page = member.get(PLACE).text

    assert "It is the built-in one" in page
    assert "Nobody beside you has a token that may approve" in page
    assert checked(page) == {("asks", "others"), ("environments", "prod"), ("final", "yes")}
    register(redis, new_token(), "bob")
    assert "Beside you bob may approve" in member.get(PLACE).text


def test_what_is_typed_is_put_in_force_and_recorded(member, redis):
    answer = member.send(PLACE, FORM)

    assert (answer.status_code, answer.headers["Location"]) == (303, PLACE)
    stored = load_policy(redis)
    assert stored.policy.asks is Asks.ALWAYS
    assert stored.policy == ApprovalPolicy.from_dict(
        {
            "asks": "always",
            "environments": ["prod", "staging"],
            "final": False,
            "kinds": ["label-nodes"],
            "within": 8,
        }
    )
    assert ("kinds", "label-nodes") in checked(member.get(PLACE).text)
    record = Record.of(redis.lindex(KEY, -1))
    assert (record.verb, record.object) == ("put-policy", "approval policy")
    assert (record.before["within"], record.after["within"]) == (24, 8)


def test_a_policy_that_somebody_has_changed_in_between_stays(member, redis):
    assert member.send(PLACE, FORM).status_code == 303

    answer = member.send(PLACE, FORM | {"within": "1"})

    assert answer.status_code == 412
    assert load_policy(redis).policy.within == 8


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"within": "0"}, "within"),
        ({"within": "soon"}, "within"),
        ({"asks": "perhaps"}, "asks"),
        ({"environments": ["moon"]}, "environments"),
        ({"kinds": ["explode"]}, "kinds"),
    ],
)
def test_what_makes_no_sense_is_told_at_its_field_and_nothing_changes(member, redis, wrong, field):
    answer = member.send(PLACE, FORM | wrong)

    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text
    assert load_policy(redis).policy == BUILT_IN


@pytest.mark.parametrize("revision", ["", "x", "-1", "9" * 30])
def test_a_form_that_says_no_revision_changes_nothing(member, redis, revision):
    assert member.send(PLACE, FORM | {"revision": revision}).status_code == 412
    assert load_policy(redis).policy == BUILT_IN
