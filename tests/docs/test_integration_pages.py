"""Each page about a kind of sender works as pasted: its rules, its secret, and what it sends."""

import json
import re

import pytest
from integration_pages import FOLDER, Page
from pages import ROOT, code_blocks, read

from workflows.hooks.sources import SOURCES

EVERY_KIND = pytest.mark.parametrize("kind", sorted(SOURCES))
ALTERED = """
curl() {
  local words=("$@") place
  for place in "${!words[@]}"; do
    if [ "${words[place]}" = --data-binary ]; then words[place + 1]+=" "; fi
  done
  command curl "${words[@]}"
}
"""
"""A curl on whose way somebody adds a blank to the body, which leaves JSON what it was."""


@EVERY_KIND
def test_a_page_leads_to_what_it_says(kind, stand):
    page = Page(kind)
    secret = stand.prepare(page)
    sender, _ = page.source

    answers = [stand.send(sent.block, secret) for sent in page.requests]

    told = [(answer.status, bool(answer.job)) for answer in answers]
    assert told == [(sent.status, sent.names_job) for sent in page.requests]
    jobs = [answer.job for answer in answers if answer.job]
    assert len(set(jobs)) == len(jobs) >= 1
    for job in jobs:
        assert stand.http.get(f"/v1/jobs/{job}").json()["requested_by"] == f"hook:{sender}"


def test_an_alert_that_is_sent_once_more_is_answered_the_same(stand):
    page = Page("alertmanager")
    secret = stand.prepare(page)
    (sent,) = page.requests

    first, again = (stand.send(sent.block, secret) for _ in range(2))

    assert first == again
    assert first.job


def test_the_trial_of_the_list_says_what_the_event_of_github_would_lead_to(stand):
    page = Page("github")
    stand.prepare(page)
    blocks = code_blocks(read(f"{FOLDER}/README.md"), "bash")
    (trial,) = [block for block in blocks if "/test" in block]
    (stand.folder / "event.json").write_text(re.search(r"body='(.*)'", page.requests[0].block)[1])
    before = len(stand.http.get("/v1/jobs").json()["jobs"])
    token = stand.http.headers["Authorization"].removeprefix("Bearer ")

    block = trial.replace("scripts/env", f"{ROOT}/scripts/env")
    done = stand.pasted(block, CLUSTERWRIGHT_TOKEN=token, HOME=str(stand.folder))

    [event] = json.loads(done.stdout)["events"]
    assert event["change"]["params"]["channel"] == "1.33/stable"
    assert event["allowed"] is True
    assert len(stand.http.get("/v1/jobs").json()["jobs"]) == before


@EVERY_KIND
def test_what_was_changed_on_its_way_or_shows_another_secret_is_refused(kind, stand):
    page = Page(kind)
    secret = stand.prepare(page)

    sent = [one.block for one in page.requests if "--data-binary" in one.block]
    answers = [
        stand.send(ALTERED + block, secret) if is_signed(block) else stand.send(block, "another")
        for block in sent
    ]

    assert [answer.status for answer in answers] == [401] * len(sent)
    assert sent


def is_signed(block: str) -> bool:
    return "signature=" in block


@EVERY_KIND
def test_a_page_is_about_its_kind_and_enters_the_secret_where_it_is_not_made(kind):
    page = Page(kind)
    sender, told = page.source

    assert told["kind"] == kind
    assert all(f"/v1/hooks/{sender}" in sent.block for sent in page.requests)
    entered = [line for block in page.shell for line in block.splitlines() if "add-secret" in line]
    ending = "" if SOURCES[kind].makes_secrets else " --from -"
    assert entered
    assert all(
        line.endswith(f"clusterwright hooks add-secret {sender}{ending}") for line in entered
    )


def test_a_kind_that_asks_whether_somebody_is_there_has_a_page_that_shows_how():
    default = SOURCES["generic"].greet
    asking = {name for name, source in SOURCES.items() if source.greet is not default}

    shown = {
        name
        for name in SOURCES
        if any(sent.status == 200 and not sent.names_job for sent in Page(name).requests)
    }

    assert shown == asking


@EVERY_KIND
def test_no_secret_stands_on_a_command_line_of_curl(kind):
    for sent in Page(kind).requests:
        command = sent.block[sent.block.index("curl ") :]
        shown = re.sub(r"@<\([^)]*\)", "", command)
        assert "$SECRET" not in shown
        assert "${SECRET" not in shown
