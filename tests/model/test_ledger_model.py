"""Every order in which things can happen to a job or two, on the real script."""

import pytest
from model_mutations import MUTATIONS
from model_scopes import SMALL
from model_search import report, search
from modelled_ledger import once

from workflows.ledger.script import script


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", SMALL)
def test_whatever_happens_in_a_small_world_every_property_holds(name):
    found = search(SMALL[name])

    assert not found.violations, report(found.violations)
    assert found.is_whole, f"cannot say that all of the world was seen: {found}"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.rule)
def test_what_is_broken_on_purpose_stands_in_the_script(mutation):
    assert once(script(), mutation.old, mutation.new) != script()


@pytest.mark.slow
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.rule)
def test_a_rule_that_is_broken_on_purpose_is_noticed(mutation):
    change = (mutation.old, mutation.new)

    found = search(mutation.scope, change=change, until=mutation.noticed, seconds=850)

    assert mutation.noticed in found.violations, f"{found}\n{report(found.violations)}"
