"""The approval policy over HTTP, and what it comes to for those who ask and those who approve."""

import chatting
import pytest
from api_requests import CHANGES, PLANS, change

from workflows.access import EVERYTHING, Principal, Via
from workflows.approval_policy import BUILT_IN
from workflows.kinds import KINDS
from workflows.plan import Change
from workflows.planner import normalised
from workflows.submit import submit

POLICY = "/v1/approval-policy"
PROD = {"environment": "prod", "topology": "single"}
ACCEPT = {"accept": ["prod-without-ha"]}


@pytest.fixture
def colleague(app, client):
    """Return a function that makes somebody else's client, by a token with these roles."""

    def make(name, *roles):
        wish = {"name": name, "roles": roles or ["admin"], "owner": name}
        token = client.post("/v1/tokens", json=wish).json["token"]
        found = app.test_client()
        found.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return found

    return make


def in_prod(**fields):
    return change(params=PROD) | ACCEPT | fields


def approve(client, job, **fields):
    return client.post(f"/v1/jobs/{job['id']}/approve", json=fields)


def test_who_is_alone_is_not_asked_for_an_approval_that_nobody_could_give(client, ledger):
    assert client.get(POLICY).json["others"] == []
    assert client.post(PLANS, json=in_prod()).json["approval"] == {"within": 0, "why": ""}

    answer = client.post(CHANGES, json=in_prod())

    assert (answer.status_code, answer.json["status"]) == (202, "running"), answer.text


def test_once_somebody_else_may_approve_production_is_changed_with_an_approval_only(
    client, ledger, colleague
):
    other = colleague("bob", "approver")
    assert client.get(POLICY).json["others"] == ["bob"]
    why = "the cluster is for prod"
    assert client.post(PLANS, json=in_prod()).json["approval"] == {"within": 24, "why": why}

    job = client.post(CHANGES, json=in_prod()).json

    assert (job["status"], job["approval_why"]) == ("awaiting-approval", why)
    assert job["approve_within"] == 24
    assert job["approval_asked_time"][:16] == job["created_time"][:16]
    own = approve(client, job)
    assert (own.status_code, own.json["type"]) == (403, "/problems/four-eyes")
    assert "role approver or admin" in own.json["detail"]
    answer = approve(other, job, plan_digest=job["plan_digest"])
    assert (answer.status_code, answer.json["status"]) == (202, "running")
    assert not answer.json["approved_alone"]


def test_somebody_whom_a_chat_knows_as_an_approver_is_somebody_else(client, ledger):
    people = """
      "T1:U1": {name: local, roles: [approver]}
      "T1:U2": {name: sue, roles: [approver], environments: [prod]}
      "T1:U3": {name: tom, roles: [operator]}"""
    rules = chatting.rules("slack", people=people)
    assert client.put("/v1/rules", json={"text": rules}).status_code == 200

    assert client.post(CHANGES, json=in_prod()).json["status"] == "awaiting-approval"

    assert client.put("/v1/rules", json={"text": "{}"}).status_code == 200
    answer = client.post(CHANGES.replace("prod", "shop"), json=in_prod())
    assert answer.json["status"] == "running", answer.text


def test_people_of_a_file_that_an_earlier_version_took_are_known_from_the_start(client, redis, app):
    rules = chatting.rules("slack", people='      "T1:U2": {name: sue, roles: [approver]}')
    client.put("/v1/rules", json={"text": rules})
    redis.delete("cw:approvers")
    assert client.get(POLICY).json["others"] == []

    app.extensions["clusterwright"].make_approvers_known()

    assert client.get(POLICY).json["others"] == ["sue"]


def test_the_same_change_is_not_told_that_its_hours_differ_from_those_of_the_policy(
    client, ledger, colleague
):
    colleague("bob")
    job = client.post(CHANGES, json=in_prod()).json

    again = client.post(CHANGES, json=in_prod())

    assert (again.status_code, again.json["id"]) == (200, job["id"])
    assert again.json["not_taken"] == {}


def test_a_shorter_time_of_the_request_counts_and_a_longer_one_does_not(client, ledger, colleague):
    colleague("bob")

    hours = {}
    for asked in (2, 700):
        job = client.post(CHANGES, json=in_prod(approve_within=asked)).json
        hours[asked] = job["approve_within"]
        client.post(f"/v1/jobs/{job['id']}/cancel")

    assert hours == {2: 2, 700: 24}


def test_what_is_for_development_begins_at_once(client, ledger, colleague):
    colleague("bob")

    assert client.post(CHANGES, json=change()).json["status"] == "running"


def test_a_second_token_of_the_same_name_makes_nobody_somebody_else(client, ledger, colleague):
    alice = colleague("alice", "operator", "approver")
    alice_again = colleague("Alice", "approver")
    job = alice.post(CHANGES, json=change(approve_within=1)).json

    assert approve(alice_again, job).status_code == 403
    assert approve(client, job).status_code == 202


def test_a_rotated_token_is_the_same_persons(app, client, ledger, colleague):
    alice = colleague("alice", "operator", "approver")
    job = alice.post(CHANGES, json=change(approve_within=1)).json
    rotated = client.post(f"/v1/tokens/{job['requested_by']}/rotate", json={}).json
    alice.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {rotated['new']['token']}"

    assert approve(alice, job).json["type"] == "/problems/four-eyes"


def test_who_is_alone_approves_what_they_have_asked_for_and_the_job_says_so(client, ledger):
    job = client.post(CHANGES, json=change(approve_within=1)).json

    answer = approve(client, job)

    assert (answer.status_code, answer.json["approved_alone"]) == (202, True)


def test_a_policy_that_always_asks_lets_nobody_approve_their_own(client, ledger):
    assert client.put(POLICY, json={"asks": "always"}).status_code == 200

    job = client.post(CHANGES, json=in_prod()).json

    assert job["status"] == "awaiting-approval"
    assert approve(client, job).status_code == 403


def test_a_policy_that_never_asks_leaves_it_to_the_request(client, ledger, colleague):
    colleague("bob")
    client.put(POLICY, json={"asks": "never"})

    assert client.post(CHANGES, json=in_prod()).json["status"] == "running"


@pytest.mark.parametrize("via", [Via.HOOK, Via.SCHEDULE])
def test_what_a_hook_or_a_schedule_asks_for_waits_for_the_one_who_is_there(
    client, ledger, inventory, via
):
    params = normalised(KINDS["create-cluster"], {"control_plane": ["n1"]} | PROD)
    wish = Change("prod", "create-cluster", params, frozenset(ACCEPT["accept"]))

    job = submit(ledger, inventory, wish, by=Principal("hook:x", "x", via, EVERYTHING)).job

    assert (job.status, job.approval_why) == ("awaiting-approval", "the cluster is for prod")
    assert approve(client, {"id": job.id}).json["approved_alone"] is False


def test_asking_the_hosts_of_a_plan_needs_no_approval(client, ledger, colleague, monkeypatch):
    colleague("bob")
    monkeypatch.setattr("api.checks.LONGEST_WAIT", 0.0)

    asked = client.post(f"{PLANS}?check=true", json=in_prod())

    assert (asked.status_code, asked.json["status"]) == (202, "running"), asked.text


def test_the_policy_is_replaced_as_a_whole_and_says_who_wrote_it(client, ledger):
    before = client.get(POLICY)
    assert (before.json["revision"], before.json["at"]) == (0, None)
    assert {name: before.json[name] for name in BUILT_IN.as_dict()} == BUILT_IN.as_dict()
    assert "remove-node" in before.json["final_kinds"]
    wanted = {"asks": "always", "environments": ["staging", "prod"], "kinds": ["upgrade"]}

    answer = client.put(POLICY, json=wanted | {"final": False, "within": 4})

    assert answer.status_code == 200, answer.text
    now = client.get(POLICY).json
    assert now == answer.json
    assert now["by"] == client.get("/v1/tokens/self").json["id"]
    assert (now["revision"], now["within"], now["final"]) == (1, 4, False)
    assert now["environments"] == ["prod", "staging"]


def test_a_policy_that_somebody_has_written_meanwhile_is_not_overwritten(client, ledger):
    tag = client.get(POLICY).headers["ETag"]
    assert client.put(POLICY, json={"within": 3}, headers={"If-Match": tag}).status_code == 200

    late = client.put(POLICY, json={"within": 4}, headers={"If-Match": tag})

    assert (late.status_code, late.json["type"]) == (412, "/problems/policy-moved")
    assert client.get(POLICY).json["within"] == 3


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"asks": "sometimes"}, "/asks"),
        ({"environments": ["moon"]}, "/environments/0"),
        ({"kinds": ["nonsense"]}, "/kinds/0"),
        ({"within": 0}, "/within"),
        ({"within": 721}, "/within"),
        ({"within": "1"}, "/within"),
        ({"who": 1}, "/who"),
    ],
)
def test_a_policy_with_a_fault_is_refused_and_the_former_one_stays(client, ledger, wrong, pointer):
    answer = client.put(POLICY, json=wrong)

    assert answer.status_code == 422
    assert [row["pointer"] for row in answer.json["errors"]] == [pointer]
    assert client.get(POLICY).json["revision"] == 0
