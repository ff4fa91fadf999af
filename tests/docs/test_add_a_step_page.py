"""The page on new steps shows a step that there is, and names what there is."""

import re

import pytest
from pages import ROOT, code_blocks, read

from deploy_scripts.fleet import errors
from workflows.step_modules import DECLARED, step_names

PAGE = read("docs/how-to/add-a-step.md")


def test_the_example_is_a_step_as_it_stands():
    [example] = code_blocks(PAGE, "python")

    assert example.strip() == read("deploy_scripts/cordon_node.py").strip()


def test_each_constant_of_a_step_is_explained():
    assert set(re.findall(r"^\| `([A-Z]+)` \|", PAGE, re.MULTILINE)) == DECLARED


@pytest.mark.parametrize("name", ["Transient", "Permanent", "NotYet", "NeedsPerson"])
def test_each_error_that_it_names_can_be_raised(name):
    assert f"`{name}`" in PAGE
    assert issubclass(getattr(errors, name), Exception)


def test_what_it_names_is_there():
    named = set(re.findall(r"`((?:deploy_scripts|workflows|tests|lab|docs)/[\w/.-]+)`", PAGE))
    named |= set(re.findall(r"tests/\S+\.py", PAGE))

    assert len(named) > 10
    assert [name for name in sorted(named) if not (ROOT / name.rstrip("`")).exists()] == []


def test_the_steps_that_it_calls_are_steps():
    called = set(re.findall(r'steps\.(?:apply|undo)\("(\w+)"', PAGE))

    assert called
    assert called <= set(step_names())
