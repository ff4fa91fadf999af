"""The list of docs/integrations: it is whole, and what it says of signatures is so."""

import re
import runpy
import time
from pathlib import Path

import pytest
import yaml
from integration_pages import FOLDER, names
from pages import ROOT, code_blocks, read
from signed_requests import SECRETS, SIGNED

from workflows.hooks.counts import OUTCOMES
from workflows.hooks.received import Unsigned
from workflows.hooks.sources import SOURCES

SCRIPT = runpy.run_path(str(ROOT / "scripts" / "integrations_page.py"))
TOLD, RECIPES = SCRIPT["TOLD"], SCRIPT["RECIPES"]
EVERY_KIND = pytest.mark.parametrize("kind", sorted(SOURCES))
YEAR = 365 * 86400
SLACK = 60
"""Seconds to either side of a window, so that no slow machine falls out of it."""


def test_the_list_is_the_one_that_its_script_writes():
    assert read(f"{FOLDER}/README.md") == SCRIPT["render"]()


def test_each_kind_of_sender_has_its_page_and_each_page_is_of_a_kind_or_a_recipe():
    assert set(TOLD) == set(SOURCES)
    assert names() == set(SOURCES) | set(RECIPES)
    assert not set(SOURCES) & set(RECIPES)


@EVERY_KIND
def test_a_signature_is_good_for_as_long_as_the_list_says(kind):
    window = TOLD[kind].window

    assert is_believed(kind, (window or YEAR) - SLACK)
    assert is_believed(kind, (window or YEAR) + SLACK) is (window is None)


def is_believed(kind, age):
    """Whether a request is believed that was signed so many seconds ago."""
    now, secret = time.time(), SECRETS[kind][0]
    received = SIGNED[kind](secret, now - age).received(now)
    try:
        return SOURCES[kind].verify(received, [secret]) == 0
    except Unsigned:
        return False


@EVERY_KIND
def test_a_header_that_the_list_names_is_one_that_the_kind_reads(kind):
    told = TOLD[kind]
    modules = [Path("workflows/hooks/sources", f"{kind.replace('-', '_')}.py")]
    if "webhook-" in told.signs + told.named_by:
        modules.append(Path("workflows/hooks/signing/standard_signature.py"))
    code = "".join(read(str(module)) for module in modules)

    named = re.findall(r"`((?:X-|webhook-|Idempotency-)[\w-]+)`", told.signs + told.named_by)

    parts = [name for name in named if name not in code and name not in made_of(code)]
    assert parts == []


def made_of(code):
    """Return the headers of Gitea and Forgejo, whose names are put together there."""
    if 'f"X-{maker}-Signature"' not in code:
        return ()
    return [f"X-{maker}-Signature" for maker in ("Gitea", "Forgejo")]


@pytest.mark.parametrize("name", sorted(names()))
def test_what_is_yaml_on_a_page_is_well_formed(name):
    text = read(f"{FOLDER}/{name}.md")

    for block in [*code_blocks(text, "yaml"), *code_blocks(text, "yml")]:
        assert yaml.safe_load(block)


def test_every_outcome_that_is_counted_stands_in_the_list():
    text = read(f"{FOLDER}/README.md")

    assert [outcome for outcome in OUTCOMES if f"`{outcome}`" not in text] == []


def test_every_page_is_in_the_list():
    linked = set(re.findall(r"\]\(([\w-]+)\.md\)", read(f"{FOLDER}/README.md")))

    assert linked == names()
