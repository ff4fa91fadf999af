"""A retry that accepts what ended the job, and bodies of requests to jobs."""

import json
from types import SimpleNamespace

import pytest
from api_requests import CHANGES, PLANS, change

from cli.advice import commands
from cluster.catalogue import OVERRIDABLE
from deploy_scripts.protocol import Result
from workflows import engine as engine_module
from workflows.engine import Engine

MEMORY = {
    "code": "memory-too-small",
    "severity": "refuse",
    "message": "n1 has 1 GiB of memory; 4 are the least",
    "advice": "use a larger host",
    "acceptable": True,
    "host": "n1",
}
ROOT = MEMORY | {"code": "not-root", "message": "cannot become root on n1", "acceptable": False}
ERROR = {
    "message": "cannot start: 2 findings refuse",
    "advice": "use a larger host",
    "transient": False,
    "defect": False,
    "failures": [],
    "findings": [MEMORY, ROOT],
}


@pytest.fixture
def ended(ledger, steps, job):
    """The URL of a job that its preflight has ended."""
    steps.begin()
    assert ledger.failed(steps.leases[0], ERROR, None)
    return f"/v1/jobs/{job}"


def test_a_job_tells_which_findings_a_retry_may_accept_and_how(client, ended):
    shown = client.get(ended).json

    assert (shown["accept"], shown["acceptable"]) == ([], ["memory-too-small"])
    actions = [row for row in shown["actions"] if row["action"] == "retry-job-accepting"]
    assert [row["arguments"]["accept"] for row in actions] == ["memory-too-small"]
    [line] = commands(actions)
    assert "jobs retry " in line
    assert "--accept memory-too-small" in line


def test_what_a_retry_accepts_stays_accepted_and_is_told_in_its_event(client, ledger, job, ended):
    answer = client.post(f"{ended}/retry", json={"accept": ["memory-too-small"]})

    assert answer.status_code == 202
    assert (answer.json["accept"], answer.json["acceptable"]) == (["memory-too-small"], [])
    [event] = [e for e in ledger.events(job) if e.type == "job.retry-requested"]
    assert event.data["accept"] == ["memory-too-small"]
    assert (len(event.data["by"]), event.data["via"]) == (12, "token")


def test_the_step_is_carried_out_with_what_was_accepted(
    client, ledger, inventory, settings, job, ended, monkeypatch
):
    given = []

    def apply(_, **args):
        given.append(args["accept"])
        return Result()

    module = SimpleNamespace(apply=apply, INTERRUPTIBLE=False)
    monkeypatch.setattr(engine_module, "step_module", lambda _: module)
    client.post(f"{ended}/retry", json={"accept": ["memory-too-small"]})

    Engine(ledger, inventory, settings, "here").run_step(job, 0, ledger.job(job).epoch)

    assert given == [["memory-too-small"]]


@pytest.mark.parametrize("code", ["not-root", "no-such-code"])
def test_what_cannot_be_accepted_is_refused_with_what_can(client, ledger, job, ended, code):
    answer = client.post(f"{ended}/retry", json={"accept": ["memory-too-small", code]})

    assert answer.status_code == 422
    assert answer.json["errors"] == [
        {
            "pointer": "/accept/1",
            "detail": f"cannot accept {code}: of this job memory-too-small can be",
        }
    ]
    assert ledger.job(job).status == "failed"


def test_a_job_that_cannot_be_retried_says_so_whatever_a_retry_accepts(client, job):
    answer = client.post(f"/v1/jobs/{job}/retry", json={"accept": ["memory-too-small"]})

    assert (answer.status_code, answer.json["type"]) == (409, "/problems/not-possible")


@pytest.mark.parametrize("verb", ["cancel", "retry", "rollback", "approve", "reject"])
def test_a_member_that_a_request_does_not_know_is_refused(client, ledger, job, ended, verb):
    answer = client.post(f"{ended}/{verb}", json={"acept": ["memory-too-small"]})

    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/acept")
    assert ledger.job(job).status == "failed"


@pytest.mark.parametrize("body", [b"", b"{}", json.dumps({"accept": []}).encode()])
def test_a_retry_needs_no_body(client, ended, body):
    answer = client.post(f"{ended}/retry", data=body, content_type="application/json")

    assert (answer.status_code, answer.json["accept"]) == (202, [])


@pytest.mark.parametrize("code", ["no-sudo", "other-cluster", "no-such-code"])
def test_a_change_that_accepts_what_can_never_be_is_refused_with_what_can(client, inventory, code):
    body = change(accept=["one-zone", code])

    for url in (CHANGES, PLANS):
        answer = client.post(url, json=body)

        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/accept/1")
        detail = answer.json["errors"][0]["detail"]
        assert detail.startswith(f"cannot accept {code}: of refusals these can be: ")
        assert set(detail.partition(" can be: ")[2].split(", ")) == OVERRIDABLE
    assert client.get("/v1/jobs").json["jobs"] == []


def test_a_rollback_goes_without_hosts_of_the_job_that_are_lost(client, ledger, job, ended):
    answer = client.post(f"{ended}/rollback", json={"without": ["n1"]})

    assert (answer.status_code, answer.json["without"]) == (202, ["n1"])
    [event] = [e for e in ledger.events(job) if e.type == "job.rollback-requested"]
    assert event.data["without"] == ["n1"]


def test_a_host_that_a_job_has_nothing_to_do_with_is_not_given_up_with_it(client, ledger, ended):
    answer = client.post(f"{ended}/rollback", json={"without": ["n1", "n2"]})

    assert answer.status_code == 422
    assert answer.json["errors"] == [
        {"pointer": "/without/1", "detail": "cannot give up n2: the job's hosts are n1"}
    ]
    assert client.get(ended).json["status"] == "failed"


def test_a_step_all_of_whose_hosts_are_lost_is_not_tried_when_it_is_undone(
    client, ledger, inventory, settings, job, ended, monkeypatch
):
    tried = []
    undo = {"undo": lambda fleet, **args: tried.append(args), "UNDO": "does"}
    module = SimpleNamespace(**undo, INTERRUPTIBLE=False)
    monkeypatch.setattr(engine_module, "step_module", lambda _: module)
    client.post(f"{ended}/rollback", json={"without": ["n1"]})

    Engine(ledger, inventory, settings, "here").run_step(job, 0, ledger.job(job).epoch)

    body = client.get(ended).json
    assert (tried, body["status"]) == ([], "rolled-back")
    assert body["steps"][0]["status"] == "skipped"  # and not undone
    assert inventory.host("n1").cluster == ""
