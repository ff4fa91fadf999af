"""Tokens that people revoke and rotate."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.access.revoked import RevokedFile
from api.access.token_store import LastAdmin, TokenStore
from api.access.tokens import Tokens, id_of, new_token, register
from api.local_token import first_token, revoke

DAY, HOUR = 86400, 3600


def problem(answer):
    return answer.status_code, answer.json["type"].rpartition("/")[2]


def whole(**wish):
    """Return a wish for all clusters."""
    return {"clusters": "*", "environments": ["dev", "staging", "prod"], **wish}


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
