"""Tokens that people make, show, revoke and rotate, and what each of their roles may do."""

import contextlib
import json
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from api_requests import CHANGES, HOST_KEY, PLANS, change

from api.access import tokens as checking
from api.access.revoked import RevokedFile
from api.access.token_store import LastAdmin, TokenStore
from api.access.tokens import Tokens, id_of, new_token, register
from api.local_token import first_token, revoke
from workflows.access import Grant, Permission
from workflows.process import logs
from workflows.roles import Role

DAY, HOUR = 86400, 3600
WISH = {"name": "ci", "roles": ["operator"], "clusters": "test-*", "environments": ["dev"]}
NO_ID = "0" * 12


class Clock:
    """What time it is, as the test says."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now


@pytest.fixture
def clock(app, monkeypatch):
    monkeypatch.setattr(checking, "CACHE_SECONDS", 0)
    backend = app.extensions["clusterwright"]
    clock = Clock(1_900_000_000.0)
    backend.tokens.clock = backend.token_store.clock = clock
    return clock


@pytest.fixture
def made(client, clock):
    """Return a function that makes a token and returns the answer's document."""

    def make(**wish):
        answer = client.post("/v1/tokens", json=WISH | wish)
        assert answer.status_code == 201, answer.text
        return answer.json

    return make


@pytest.fixture
def with_token(app):
    """Return a function that returns a client that sends a token."""

    def send(token):
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client

    return send


class Written(logging.Handler):
    """Keeps the lines of the log as they would be written."""

    def __init__(self):
        super().__init__()
        self.setFormatter(logs.JsonLines())
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture
def written():
    root, requests = logging.getLogger(), logging.getLogger("api")
    handler, before = Written(), requests.level
    root.addHandler(handler)
    requests.setLevel(logging.DEBUG)
    yield handler.lines
    root.removeHandler(handler)
    requests.setLevel(before)


def problem(answer):
    return answer.status_code, answer.json["type"].rpartition("/")[2]


def whole(**wish):
    """Return a wish for all clusters."""
    return {"clusters": "*", "environments": ["dev", "staging", "prod"], **wish}


def test_a_token_is_told_once_with_everything_about_it(client, made, token, clock):
    answer = client.post("/v1/tokens", json=WISH)

    body = answer.json
    assert answer.headers["Location"] == f"/v1/tokens/{body['id']}" == body["links"]["self"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert id_of(body.pop("token")) == body["id"]
    assert client.get(answer.headers["Location"]).json == body
    grant = {"clusters": "test-*", "environments": ["dev"]}
    assert body == {
        "id": body["id"],
        "name": "ci",
        "status": "valid",
        "roles": ["operator"],
        "clusters": "test-*",
        "environments": ["dev"],
        "grants": [{"permission": "change", **grant}, {"permission": "destroy", **grant}],
        "created": clock.now,
        "created_time": "2030-03-17T17:46:40.000Z",
        "created_by": id_of(token),
        "expires": clock.now + 90 * DAY,
        "expires_time": "2030-06-15T17:46:40.000Z",
        "last_used": None,
        "last_used_time": None,
        "replaced_by": "",
        "links": {"self": f"/v1/tokens/{body['id']}"},
    }


@pytest.mark.parametrize(
    ("wish", "pointer", "says"),
    [
        ({"name": ""}, "/name", "1 to 64"),
        ({"name": "a\nb"}, "/name", "1 to 64"),
        ({"roles": []}, "/roles", "without a role"),
        ({"roles": ["root"]}, "/roles/0", "viewer, operator, approver, admin"),
        ({"clusters": "[a-z]"}, "/clusters", "pattern of names"),
        ({"environments": []}, "/environments", "no environment"),
        ({"days": 0}, "/days", "1 to 365"),
        ({"days": 366}, "/days", "1 to 365"),
        ({"secret": "x"}, "/secret", ""),
    ],
)
def test_a_wish_that_cannot_be_is_refused_at_its_place(client, wish, pointer, says):
    answer = client.post("/v1/tokens", json=WISH | wish)

    assert problem(answer) == (422, "invalid-request")
    assert answer.json["errors"][0]["pointer"] == pointer
    assert says in answer.json["errors"][0]["detail"]


def test_a_token_without_an_end_is_valid_for_ever(made, with_token, clock):
    body = made(days=None)

    clock.now += 100 * 365 * DAY

    assert (body["expires"], body["expires_time"]) == (None, None)
    assert with_token(body["token"]).get("/v1/kinds").status_code == 200


def test_a_token_that_has_ended_is_told_so_and_to_nobody_who_has_only_its_id(
    made, with_token, client, clock
):
    body = made(days=1)
    assert with_token(body["token"]).get("/v1/kinds").status_code == 200
    clock.now += DAY

    ended = with_token(body["token"]).get("/v1/kinds")
    guessed = with_token(f"cw_{body['id']}_{'A' * 43}").get("/v1/kinds")

    assert problem(ended) == (401, "unauthorized")
    assert ended.json["detail"] == (
        "cannot answer the request: its token ended on 2030-03-18 17:46 UTC; make another"
    )
    assert 'error="invalid_token"' in ended.headers["WWW-Authenticate"]
    assert "is not known" in guessed.json["detail"]
    assert client.get(f"/v1/tokens/{body['id']}").json["status"] == "ended"


def test_a_session_ends_with_its_token(app, made, clock):
    body = made(days=1)
    backend = app.extensions["clusterwright"]
    session, _ = backend.sessions.open(body["id"])
    browser = app.test_client()
    browser.set_cookie("cw_session", session)
    assert browser.get("/v1/kinds").status_code == 200

    clock.now += DAY

    assert browser.get("/v1/kinds").status_code == 401
    assert backend.sessions.find(session) is None


def test_the_list_has_every_token_oldest_first_in_pages(client, made, token, clock):
    ids = [id_of(token)]
    for name in ("a", "b", "c"):
        clock.now += 1
        ids.append(made(name=name)["id"])

    first = client.get("/v1/tokens?per_page=3")
    following = first.headers["Link"].partition("<")[2].partition(">")[0]
    client.post(f"/v1/tokens/{ids[2]}/revoke")  # what the link names need not be there any more
    second = client.get(following)

    assert [row["id"] for row in first.json["tokens"]] == ids[:3]
    assert [row["id"] for row in second.json["tokens"]] == ids[3:]
    assert "Link" not in second.headers
    assert [row["id"] for row in client.get("/v1/tokens").json["tokens"]] == [
        *ids[:2],
        ids[3],
    ]


def test_whoever_has_a_token_learns_what_it_may(made, with_token, client, token):
    body = made(roles=["viewer", "approver"])

    own = with_token(body["token"]).get("/v1/tokens/self").json
    first = client.get("/v1/tokens/self").json

    assert (own["id"], own["roles"], own["clusters"]) == (
        body["id"],
        ["viewer", "approver"],
        "test-*",
    )
    assert (first["id"], first["roles"], first["expires"]) == (id_of(token), ["admin"], None)


def test_a_token_whose_grants_were_written_by_hand_has_no_role(redis, client, clock):
    by_hand = new_token()
    register(redis, by_hand, "robot", [Grant(Permission.PLAN, "test-*")])

    body = client.get(f"/v1/tokens/{id_of(by_hand)}").json

    assert body["roles"] == []
    assert [grant["permission"] for grant in body["grants"]] == ["plan"]


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_that_is_not_there_is_told(client, method):
    paths = {"get": [""], "post": ["/revoke", "/rotate"]}[method]

    for path in paths:
        answer = client.open(f"/v1/tokens/{NO_ID}{path}", method=method)
        assert problem(answer) == (404, "token-not-found")


def test_a_revoked_token_is_unknown_from_then_on_and_never_comes_back(
    client, made, with_token, redis, settings
):
    body = made()
    row = redis.hget("cw:tokens", body["id"])

    revoked = client.post(f"/v1/tokens/{body['id']}/revoke")

    assert (revoked.status_code, revoked.json["status"]) == (200, "revoked")
    assert problem(with_token(body["token"]).get("/v1/kinds")) == (401, "unauthorized")
    assert problem(client.post(f"/v1/tokens/{body['id']}/revoke")) == (404, "token-not-found")
    with pytest.raises(ValueError, match="it was revoked"):
        register(redis, body["token"], "again")
    # Somebody puts Redis back as it was before.
    redis.delete("cw:tokens:revoked")
    redis.hset("cw:tokens", body["id"], row)
    assert problem(with_token(body["token"]).get("/v1/kinds")) == (401, "unauthorized")
    assert problem(client.get(f"/v1/tokens/{body['id']}")) == (404, "token-not-found")
    # And an API with another data directory asks Redis.
    register(redis, new_token(), "other")
    redis.sadd("cw:tokens:revoked", body["id"])
    assert Tokens(redis).holder(body["token"]) is None


def test_the_last_token_that_may_administer_stays(client, made, token, with_token, clock):
    made(roles=["admin"])  # on some clusters only
    made(**whole(roles=["viewer", "operator", "approver"]))
    second = made(**whole(roles=["admin"], days=1))

    clock.now += DAY  # it has ended, and counts no more
    answer = client.post(f"/v1/tokens/{id_of(token)}/revoke")
    assert problem(answer) == (409, "last-admin-token")
    assert "role admin" in answer.json["detail"]
    assert client.get("/v1/tokens/self").status_code == 200

    third = made(**whole(roles=["admin"]))
    assert client.post(f"/v1/tokens/{id_of(token)}/revoke").status_code == 200
    heir = with_token(third["token"])
    assert problem(heir.post(f"/v1/tokens/{third['id']}/revoke")) == (409, "last-admin-token")
    assert heir.post(f"/v1/tokens/{second['id']}/revoke").status_code == 200


class MeetingFile(RevokedFile):
    """Writes an id down once another is about to be written too, if one comes in time."""

    meeting = threading.Barrier(2)

    def note(self, token_id):
        with contextlib.suppress(threading.BrokenBarrierError):
            self.meeting.wait(2)
        super().note(token_id)


def test_of_two_admins_who_revoke_each_other_at_once_one_is_left(redis, settings):
    stores = [TokenStore(redis, MeetingFile(settings.data_dir)) for _ in range(2)]
    ids = []
    for _ in stores:
        token = new_token()
        register(redis, token, "admin")
        ids.append(id_of(token))

    def attempt(number):
        try:
            stores[number].revoke(ids[number], by="")
        except LastAdmin:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(attempt, range(2)))

    assert sorted(done) == [False, True]
    assert [record.id for record in stores[0].all()] == [ids[done.index(False)]]


def test_a_start_makes_a_first_token_where_none_may_administer_any_more(
    redis, settings, token, made
):
    made(**whole(roles=["viewer"]))
    assert first_token(redis, settings.data_dir) is None

    revoke(redis, settings.data_dir, id_of(token))
    fresh = first_token(redis, settings.data_dir)

    assert Tokens(redis).holder(fresh) == id_of(fresh)
    assert (settings.data_dir / "token").read_text().strip() == fresh


def test_nobody_gives_more_than_they_have(redis, made, with_token, clock):
    keeper = new_token()
    register(redis, keeper, "keeper", [Grant(Permission.ADMIN)])
    client = with_token(keeper)
    operator = made(**whole(roles=["operator"]))

    assert client.post("/v1/tokens", json=whole(name="v", roles=["viewer"])).status_code == 201
    for answer in (
        client.post("/v1/tokens", json=whole(name="o", roles=["operator"])),
        client.post("/v1/tokens", json=whole(name="a", roles=["admin"])),
        client.post(f"/v1/tokens/{operator['id']}/rotate"),
    ):
        assert problem(answer) == (403, "forbidden")
        assert answer.json["permission"] in {"plan", "change", "destroy"}
    assert len(client.get("/v1/tokens").json["tokens"]) == 4


def test_an_admin_of_some_clusters_makes_no_tokens(made, with_token):
    some = made(roles=["admin"], clusters="test-*", environments=["dev", "staging", "prod"])

    answer = with_token(some["token"]).post("/v1/tokens", json=WISH)

    assert problem(answer) == (403, "forbidden")
    assert answer.json["cluster"] is None


def test_a_rotated_token_has_a_new_id_and_the_old_one_ends_after_the_overlap(
    client, made, with_token, clock
):
    old = made(days=30)
    clock.now += 10 * DAY

    answer = client.post(f"/v1/tokens/{old['id']}/rotate")

    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    new, ending = answer.json["new"], answer.json["old"]
    same = ("name", "roles", "clusters", "environments", "grants")
    assert {key: new[key] for key in same} == {key: old[key] for key in same}
    assert new["id"] != old["id"]
    assert (new["expires"], ending["expires"]) == (clock.now + 30 * DAY, clock.now + DAY)
    assert (ending["replaced_by"], ending["status"]) == (new["id"], "valid")
    assert with_token(old["token"]).get("/v1/kinds").status_code == 200
    assert with_token(new["token"]).get("/v1/kinds").status_code == 200
    clock.now += DAY
    assert problem(with_token(old["token"]).get("/v1/kinds")) == (401, "unauthorized")
    assert with_token(new["token"]).get("/v1/kinds").status_code == 200


def test_a_rotation_without_an_overlap_revokes_the_old_token(client, made, with_token, settings):
    old = made()

    answer = client.post(f"/v1/tokens/{old['id']}/rotate", json={"overlap_hours": 0})

    assert answer.json["old"]["status"] == "revoked"
    assert problem(with_token(old["token"]).get("/v1/kinds")) == (401, "unauthorized")
    assert old["id"] in (settings.data_dir / "revoked-tokens").read_text()


def test_an_overlap_makes_no_token_last_longer_than_it_was_to(client, made, clock):
    old = made(days=1)
    clock.now += DAY - HOUR

    answer = client.post(f"/v1/tokens/{old['id']}/rotate", json={"overlap_hours": 48})

    assert answer.json["old"]["expires"] == old["expires"]


def test_a_token_is_rotated_once_and_while_it_is_valid(client, made, clock):
    twice, late = made(), made(days=1)
    new = client.post(f"/v1/tokens/{twice['id']}/rotate").json["new"]
    clock.now += DAY

    again = client.post(f"/v1/tokens/{twice['id']}/rotate")
    ended = client.post(f"/v1/tokens/{late['id']}/rotate")

    assert problem(again) == problem(ended) == (409, "token-not-rotated")
    assert f"{new['id']} has taken its place" in again.json["detail"]
    assert "it ended on 2030-03-18" in ended.json["detail"]


def test_the_token_of_the_file_is_changed_where_the_api_runs(client, token):
    answer = client.post(f"/v1/tokens/{id_of(token)}/rotate")

    assert problem(answer) == (409, "token-not-rotated")
    assert f"python -m api.local_token revoke {id_of(token)}" in answer.json["detail"]
    assert client.get("/v1/tokens/self").json["expires"] is None


def test_a_token_that_ended_long_ago_is_forgotten_when_another_is_made(client, made, clock):
    old = made(days=1)
    clock.now += 90 * DAY
    made()
    assert client.get(f"/v1/tokens/{old['id']}").json["status"] == "ended"

    clock.now += 2 * DAY
    made()

    assert problem(client.get(f"/v1/tokens/{old['id']}")) == (404, "token-not-found")


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
