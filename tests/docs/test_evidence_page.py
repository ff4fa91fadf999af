"""docs/how-to/evidence.md and what the pages of tickets say that comes back."""

import importlib
import json
import re
import shlex
import subprocess

import pytest
from integration_pages import Page
from pages import ROOT, code_blocks, read

from workflows.evidence.bundle import bundle

PAGE = "docs/how-to/evidence.md"
TICKETS = (
    *("jira", "servicenow", "zammad", "glpi", "zendesk"),
    *("github", "gitlab", "gitea", "pagerduty"),
)
EVERY_TICKET = pytest.mark.parametrize("kind", TICKETS)
MOMENTS = ("start", "approval", "success", "failure")


def test_the_digest_is_verified_as_the_page_says(tmp_path):
    (verify,) = [block for block in code_blocks(read(PAGE), "bash") if "sha256sum" in block]
    found = bundle({"id": "j1", "reason": "größer", "seconds": 2.0}, {}, ())
    file = tmp_path / "evidence.json"

    file.write_text(json.dumps(found, indent=2))
    assert pasted(verify, tmp_path) == 0

    file.write_text(json.dumps(found | {"log": ["another"]}))
    assert pasted(verify, tmp_path) == 1


def pasted(block, folder):
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", block], cwd=folder, check=False)
    return done.returncode


def test_the_page_leads_to_what_comes_back_to_each_kind_of_ticket():
    led_to = re.findall(r"integrations/([\w-]+)\.md#what-comes-back", read(PAGE))

    assert sorted(led_to) == sorted(TICKETS)


@EVERY_TICKET
def test_a_page_sets_up_what_comes_back_to_its_own_sender(kind):
    words = command(kind)

    sender, _ = Page(kind).source
    assert words[:3] == ["clusterwright", "subscriptions", "add"]
    assert words[4].startswith("https://")
    assert option(words, "--notifier") == kind
    assert option(words, "--source") == sender
    assert option(words, "--secret-from") == "-"


@EVERY_TICKET
def test_each_setting_that_a_page_tells_is_one_that_its_notifier_reads(kind):
    module = importlib.import_module(f"workflows.notifiers.{kind}")
    files = (ROOT / f"workflows/notifiers/{name}.py" for name in (kind, "ticket_desk"))
    code = "".join(file.read_text() for file in files)
    told = re.findall(r"^\| `(\w+)` \|", section(kind), re.MULTILINE)
    used = [word.partition("=")[0] for word in command(kind) if "=" in word and "_on_" in word]

    assert told
    assert module.NOTIFIER.name == kind
    for name in {*told, *used}:
        prefix, _, moment = name.partition("_on_")
        if moment:
            assert moment in MOMENTS
            assert f'wanted("{prefix}")' in code
        else:
            assert re.search(rf'(?:setting|settings\.get)\("{name}"', code), name


def section(kind):
    return Page(kind).text.partition("\n## What comes back\n")[2]


def command(kind):
    (block,) = code_blocks(section(kind), "bash")
    return shlex.split(block.partition("| ")[2])


def option(words, name):
    return words[words.index(name) + 1]
