"""From a signed request, as each sender makes it, to a job that has done its work on lab hosts."""

import re
import time

import httpx
import pytest
from signed_requests import SECRETS, SIGNED

from workflows.hooks import secrets
from workflows.hooks.sources import SOURCES

ASKED = """\
  - name: {name}
    source: {name}
    types: ["*"]
    change:
      kind: {kind}
      cluster: prod
"""
JOB = re.compile(r"/jobs/([0-9a-f]{32})")
FIRST = "github"
"""Whose event forms the cluster that the others have looked at."""


def rule_text():
    """Return rules for one sender of each kind."""
    lines = ["sources:"]
    for kind in SOURCES:
        lines += [f"  {kind}:", f"    kind: {kind}", "    clusters: prod"]
        lines += ["    environments: [dev]", "    kinds: [create-cluster, verify]"]
    lines.append("rules:")
    for kind in SOURCES:
        asked = "create-cluster" if kind == FIRST else "verify"
        lines += ASKED.format(name=kind, kind=asked).splitlines()
        if kind == FIRST:
            lines.append("      params: {control_plane: [n1], environment: dev}")
    return "\n".join(lines)


@pytest.fixture
def hooked(stack):
    """A stack whose rules know every kind of sender, each with a secret."""
    answer = stack.client.put("/v1/rules", json={"text": rule_text()})
    assert answer.status_code in {200, 201}, answer.text
    for kind in SOURCES:
        secrets.add(stack.folder, kind, SECRETS[kind][0].decode())
    return stack


def send(stack, kind):
    made = SIGNED[kind](SECRETS[kind][0], time.time())
    url = f"{stack.client.base_url}/v1/hooks/{kind}"
    # Not by the client of the tests, which sends its token.
    return httpx.request(
        made.method, url, headers=made.headers, content=made.body, params=made.query, timeout=250
    )


def ended(stack, answer):
    """Return the jobs that an answer tells of, once they are finished."""
    assert answer.is_success, answer.text
    jobs = set(JOB.findall(answer.text))
    assert jobs, answer.text
    return [stack.finish(job) for job in jobs]


def test_an_event_of_every_sender_becomes_a_job_that_succeeds(hooked):
    [formed] = ended(hooked, send(hooked, FIRST))
    assert formed["status"] == "succeeded", formed

    for kind in SOURCES:
        if kind == FIRST:
            continue
        for job in ended(hooked, send(hooked, kind)):
            assert job["status"] == "succeeded", (kind, job)
            assert (job["kind"], job["requested_by"]) == ("verify", f"hook:{kind}")
