"""People of a chat in the rule file: their names, their roles, and what bounds them."""

import pytest

from cluster.spec import Environment
from workflows.access import Permission, Via, allowed
from workflows.chat.people import OutOfBounds, lacking, principal_of, require_bounds
from workflows.hooks.rules.rule_file import RuleFaults, read_rules

KNOWN = ("jira", "slack")


def text(people, kind="slack"):
    return f"""\
sources:
  chat:
    kind: {kind}
    clusters: "test-*"
    environments: [dev, prod]
    kinds: [add-nodes]
    people:{people}
rules: []
"""


JANE = """
      "T1:U1": {name: jane, roles: [operator], clusters: "*", environments: [dev, staging]}
      "T1:U2": {name: bob, roles: [approver]}
"""


@pytest.fixture
def sender():
    return read_rules(text(JANE), KNOWN).senders["chat"]


def faults(rules):
    with pytest.raises(RuleFaults) as found:
        read_rules(rules, KNOWN)
    return [(fault.line, fault.detail) for fault in found.value.faults]


def may(sender, identity, need, cluster="test-a", environment=Environment.DEV):
    by = principal_of(sender.bounds, sender.people.get(identity))
    return allowed(by, need, cluster=cluster, environment=environment)


def test_a_person_is_named_in_records_by_source_and_name(sender):
    by = principal_of(sender.bounds, sender.people["T1:U1"])

    assert (by.id, by.name, by.via) == ("chat:chat:jane", "jane", Via.CHAT)


def test_a_person_may_what_the_roles_give_where_both_they_and_the_source_may(sender):
    assert may(sender, "T1:U1", Permission.CHANGE)
    assert not may(sender, "T1:U1", Permission.CHANGE, environment=Environment.PROD)
    assert not may(sender, "T1:U1", Permission.CHANGE, environment=Environment.STAGING)
    assert not may(sender, "T1:U1", Permission.APPROVE)
    assert may(sender, "T1:U2", Permission.APPROVE, environment=Environment.PROD)


def test_somebody_who_is_not_named_may_look_at_the_clusters_of_the_source_only(sender):
    assert may(sender, "T1:U9", Permission.READ)
    assert not may(sender, "T1:U9", Permission.READ, cluster="prod")
    assert not may(sender, "T1:U9", Permission.PLAN)


def test_clusters_and_kinds_of_the_source_bound_everybody(sender):
    require_bounds(sender.bounds, "test-a", "add-nodes")
    with pytest.raises(OutOfBounds, match=r"is for clusters test-\*, and not for prod"):
        require_bounds(sender.bounds, "prod")
    with pytest.raises(OutOfBounds, match="is for add-nodes, and not for verify"):
        require_bounds(sender.bounds, "test-a", "verify")


def test_who_may_not_is_told_the_role_and_who_has_it(sender):
    by = principal_of(sender.bounds, sender.people["T1:U2"])

    def told(need, environment):
        people, where = sender.people.values(), sender.environments
        return lacking(by, need, "test-a", environment, people, where)

    assert told(Permission.CHANGE, Environment.DEV) == (
        "cannot do this: it needs the role operator or admin on cluster test-a, which bob does not "
        "have there; jane may do it, so ask them"
    )
    assert "the role admin on" in told(Permission.DESTROY, Environment.PROD)
    assert "ask whoever runs Clusterwright" in told(Permission.DESTROY, Environment.PROD)


def test_a_chat_may_name_nobody_and_still_be_asked():
    assert read_rules(text(" {}"), KNOWN).senders["chat"].people == {}


@pytest.mark.parametrize(
    ("people", "line", "told"),
    [
        ('\n      jane: {name: jane, roles: [viewer]}', 8, "somebody of a chat is TEAM:USER"),
        ('\n      "T1:U1": {name: "Jane D", roles: [viewer]}', 8, "a person's name has 1 to 63"),
        ('\n      "T1:U1": {name: jane, roles: [vewer]}', 8, "did you mean viewer?"),
        ('\n      "T1:U1": {name: jane, roles: []}', 8, "name one at least"),
        ('\n      "T1:U1": {name: jane}', 8, "cannot leave roles out"),
        ('\n      "T1:U1": {name: j, roles: [viewer], role: x}', 8, "did you mean roles?"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_person_is_told_with_its_line(people, line, told):
    [(at, detail)] = faults(text(people))

    assert (at, told in detail) == (line, True), detail


def test_people_of_what_is_no_chat_are_refused():
    [(line, detail)] = faults(text(JANE, kind="jira"))

    assert line == 7
    assert "cannot name people of jira: people write in discord, mattermost, slack, teams" in detail
