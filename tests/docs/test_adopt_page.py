"""The page on adopting a cluster says what the code does."""

import shlex

import pytest
from pages import code_blocks, read

from cluster.addon_names import FROM_THE_BEGINNING
from cluster.catalogue import OVERRIDABLE
from cluster.catalogue.adopted import ADOPTED
from cluster.findings import Severity
from cluster.own_marks import SET_BY_CONTROLLERS, SET_BY_ITSELF, STATES
from deploy_scripts.fleet.marks import INSTALLED
from workflows.kinds import KINDS

PAGE = read("docs/how-to/adopt.md")
REFUSING = [code for entry in ADOPTED if entry.severity is Severity.REFUSE for code in entry.codes]


@pytest.mark.parametrize("code", REFUSING)
def test_what_refuses_an_adoption_has_a_row(code):
    assert f"\n| `{code}` |" in PAGE


def test_what_is_not_recorded_is_what_the_code_leaves_out():
    assert ", ".join(f"`{addon}`" for addon in sorted(FROM_THE_BEGINNING)) in PAGE
    assert ", ".join(f"`{prefix}`" for prefix in SET_BY_CONTROLLERS) in PAGE
    assert {"kubernetes.io/hostname", "microk8s.io/cluster"} <= SET_BY_ITSELF
    assert f"begin with `{STATES}`" in PAGE
    assert f"`{INSTALLED}`" in PAGE


def test_its_commands_name_kinds_and_codes_that_there_are():
    lines = [line for block in code_blocks(PAGE, "bash") for line in block.splitlines()]
    asked = [shlex.split(line) for line in lines if " hosts " not in line]

    assert len(asked) == 4
    assert {words[2] for words in asked} <= KINDS.keys()
    assert {words[words.index("--accept") + 1] for words in asked if "--accept" in words} == {
        "marked-by-another"
    }
    assert "marked-by-another" in OVERRIDABLE
