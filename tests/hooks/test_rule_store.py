"""The rule file in Redis: read once for each revision, and replaced in one step."""

import pytest
from rule_texts import KNOWN, TICKETS

from workflows.hooks.rules.rule_file import RuleFaults
from workflows.hooks.rules.store import KEY, RulesMoved, RuleStore

OTHER = TICKETS.replace("scale-out", "grow")


@pytest.fixture
def store(redis):
    return RuleStore(redis, KNOWN)


def names(stored):
    return [rule.name for rule in stored.rules.rules]


def test_what_is_parsed_is_kept_until_somebody_replaces_it_from_wherever(redis, store):
    store.replace(TICKETS, None, "ada")
    first, again = store.load(), store.load()

    RuleStore(redis, KNOWN).replace(OTHER, 1, "bob")

    assert again.rules is first.rules
    assert names(first) == ["scale-out"]
    assert names(store.load()) == ["grow"]
    assert (store.load().revision, store.load().by) == (2, "bob")


def test_who_expects_an_older_revision_is_refused_and_nothing_is_stored(store):
    store.replace(TICKETS, 0, "ada")

    with pytest.raises(RulesMoved, match="revision 0: they are at revision 1 by now"):
        store.replace(OTHER, 0, "bob")

    assert names(store.load()) == ["scale-out"]


def test_a_file_with_faults_is_not_stored(redis, store):
    with pytest.raises(RuleFaults):
        store.replace("rules: x", None, "ada")

    assert not redis.exists(KEY)


def test_a_redis_that_was_emptied_has_no_rules_and_counts_anew(redis, store):
    store.replace(TICKETS, None, "ada")
    redis.delete(KEY)

    emptied = store.load()
    RuleStore(redis, KNOWN).replace(OTHER, 0, "bob")

    assert (emptied.revision, names(emptied)) == (0, [])
    assert names(store.load()) == ["grow"]
