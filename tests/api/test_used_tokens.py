"""When tokens were last used, and what each of their roles is let in to."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from api_requests import CHANGES, HOST_KEY, PLANS, change

from workflows.access import Permission
from workflows.roles import Role


def whole(**wish):
    """Return a wish for all clusters."""
    return {"clusters": "*", "environments": ["dev", "staging", "prod"], **wish}


def test_the_last_use_is_written_once_a_minute_at_most(made, with_token, client, clock, app):
    body = made()
    robot = with_token(body["token"])
    tokens = app.extensions["clusterwright"].tokens

    def last_used():
        return client.get(f"/v1/tokens/{body['id']}").json["last_used"]

    began = clock.now
    robot.get("/v1/kinds")
    assert last_used() == began
    clock.now += 59
    robot.get("/v1/kinds")
    assert last_used() == began
    tokens._noted.clear()  # as another process, which has noted nothing
    robot.get("/v1/kinds")
    assert last_used() == began
    clock.now += 1
    tokens._noted.clear()
    robot.get("/v1/kinds")
    assert last_used() == began + 60


def test_who_polls_writes_no_use_each_time(redis, made, with_token):
    robot = with_token(made()["token"])
    robot.get("/v1/kinds")
    before = redis.info("commandstats")["cmdstat_eval"]["calls"]

    for _ in range(20):
        robot.get("/v1/kinds")

    assert redis.info("commandstats")["cmdstat_eval"]["calls"] == before


def test_a_use_of_a_token_that_is_gone_by_then_is_not_written(redis, client, made, app):
    body = made()
    client.post(f"/v1/tokens/{body['id']}/revoke")

    app.extensions["clusterwright"].tokens.note_use(body["id"])

    assert not redis.hexists("cw:tokens:used", body["id"])


def test_a_wrong_secret_is_no_use(client, made, with_token):
    body = made()

    with_token(f"cw_{body['id']}_{'A' * 43}").get("/v1/kinds")

    assert client.get(f"/v1/tokens/{body['id']}").json["last_used"] is None


def test_a_token_that_is_revoked_while_it_is_used_is_refused_from_then_on(
    client, made, with_token, redis
):
    body = made()
    users = [with_token(body["token"]) for _ in range(4)]
    revoked = threading.Event()
    begun = threading.Barrier(len(users) + 1)

    def use(robot):
        begun.wait()
        seen = []
        while not seen or seen[-1][1] == 200:
            late = revoked.is_set()  # before it is asked
            seen.append((late, robot.get("/v1/kinds").status_code))
            assert len(seen) < 10_000
        return seen

    with ThreadPoolExecutor(len(users)) as pool:
        running = [pool.submit(use, robot) for robot in users]
        begun.wait()
        assert client.post(f"/v1/tokens/{body['id']}/revoke").status_code == 200
        revoked.set()
        answers = [answer for run in running for answer in run.result()]

    assert {status for _, status in answers} <= {200, 401}
    assert {status for late, status in answers if late} <= {401}
    assert not redis.hexists("cw:tokens:used", body["id"])


def test_no_secret_and_no_hash_of_one_is_in_any_later_answer_or_log(
    client, made, with_token, redis, written
):
    body = made()
    digest = json.loads(redis.hget("cw:tokens", body["id"]))["sha256"]
    new = client.post(f"/v1/tokens/{body['id']}/rotate").json["new"]
    fresh = json.loads(redis.hget("cw:tokens", new["id"]))["sha256"]
    later = [
        client.get("/v1/tokens"),
        client.get(f"/v1/tokens/{body['id']}"),
        with_token(body["token"]).get("/v1/tokens/self"),
        with_token(body["token"]).get("/v1/tokens"),
        client.get(f"/v1/tokens/{body['token']}"),
        client.post(f"/v1/tokens/{body['id']}/rotate"),
        client.post(f"/v1/tokens/{new['id']}/revoke"),
        with_token(new["token"]).get("/v1/tokens/self"),
    ]

    texts = [answer.text for answer in later]
    assert [answer.status_code for answer in later] == [200, 200, 200, 403, 404, 409, 200, 401]
    for secret in (body["token"][16:], new["token"][16:], digest, fresh):
        assert [text for text in texts if secret in text] == []
        assert [line for line in written if secret in line] == []
    assert [line for line in written if new["id"] in line]


ASKED = {
    Permission.READ: ("GET", "/v1/jobs", None),
    Permission.PLAN: ("POST", PLANS, change()),
    Permission.CHANGE: ("POST", "/v1/clusters/prod/changes", change()),
    Permission.DESTROY: (
        "POST",
        CHANGES,
        {"kind": "destroy-cluster", "params": {"confirm": "prod"}},
    ),
    Permission.APPROVE: ("POST", "/v1/jobs/{job}/approve", None),
    Permission.ADMIN: (
        "PUT",
        "/v1/hosts/n7",
        {"address": "10.0.0.7", "host_key": HOST_KEY},
    ),
}


MAY = {
    "viewer": {"read"},
    "operator": {"read", "plan", "change", "destroy"},  # a dev cluster: see what follows
    "approver": {"read", "approve"},
    "admin": set(Permission),
}


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_each_role_is_let_in_where_it_may_and_nowhere_else(made, with_token, job, role, permission):
    robot = with_token(made(**whole(roles=[role]))["token"])
    method, path, body = ASKED[permission]

    answer = robot.open(path.format(job=job), method=method, json=body)

    assert (answer.status_code != 403) == (permission in MAY[role]), answer.text


@pytest.mark.parametrize(("environment", "let_in"), [("dev", True), ("prod", False)])
def test_an_operator_ends_no_cluster_in_production(
    made, with_token, client, ledger, inventory, environment, let_in
):
    params = {"environment": environment}
    if environment == "prod":
        params["control_plane"] = ["n1", "n2", "n3"]
    asked = client.post(CHANGES, json=change(params=params))
    assert asked.status_code == 202, asked.text
    robot = with_token(made(**whole(roles=["operator"]))["token"])

    answer = robot.post(CHANGES, json=ASKED[Permission.DESTROY][2])

    assert (answer.status_code != 403) is let_in, answer.text
