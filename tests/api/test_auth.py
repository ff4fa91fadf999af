"""Tokens: who may ask, and what is stored of them."""

import os
import stat
import subprocess
import sys

import pytest
import refusing_redis
from api_requests import HOST_KEY

from api import local_token
from api.access import tokens
from api.access.tokens import Tokens, id_of, new_token, register
from api.local_token import first_token, restore, revoke
from cli.redis_server import socket_path
from cluster.spec import Host
from workflows.inventory import Inventory

OPEN = ["/healthz", "/openapi.json", "/docs", "/problems/", "/problems/internal"]
CLOSED = ["/v1/jobs", "/v1/hosts", "/v1/clusters", "/v1/nope", "/nope", "/metrics"]


@pytest.mark.parametrize("path", OPEN)
def test_what_helps_to_get_on_needs_no_token(anonymous, path):
    assert anonymous.get(path).status_code == 200


@pytest.mark.parametrize("path", CLOSED)
def test_everything_else_needs_one(anonymous, path):
    answer = anonymous.get(path)

    assert (answer.status_code, answer.json["type"]) == (401, "/problems/unauthorized")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="clusterwright"'


def test_a_request_without_a_token_changes_nothing(anonymous, redis):
    before = redis.keys("*")

    answer = anonymous.put("/v1/hosts/n1", json={})

    assert answer.status_code == 401
    assert redis.keys("*") == before


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer x",
        "Basic {token}",
        "{token}",
        "Bearer {token}x",
        "Bearer cw_000000000000_{secret}",
        "Bearer {id}" + "A" * 43,
    ],
)
def test_a_token_that_is_none_is_refused(anonymous, token, header):
    value = header.format(token=token, secret=token[16:], id=token[:16])

    answer = anonymous.get("/v1/jobs", headers={"Authorization": value})

    assert answer.status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_a_valid_token_is_let_in(anonymous, token, scheme):
    answer = anonymous.get("/v1/jobs", headers={"Authorization": f"{scheme} {token}"})

    assert answer.status_code == 200


def test_only_a_hash_of_the_token_is_stored(redis, token):
    secret = token.split("_", 2)[2]

    everything = b"".join(redis.dump(key) for key in redis.keys("*"))

    assert secret.encode() not in everything


def test_the_first_token_is_written_for_its_owner_only_and_shown_once(redis, settings):
    shown = first_token(redis, settings.data_dir)
    again = first_token(redis, settings.data_dir)

    path = settings.data_dir / "token"
    assert path.read_text() == f"{shown}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert again is None


def test_the_token_of_the_file_is_valid_again_when_redis_has_lost_it(redis, settings, token):
    redis.flushall()

    shown = first_token(redis, settings.data_dir)

    assert shown is None
    assert Tokens(redis).holder(token) == token.split("_")[1]


def test_a_deleted_token_stays_deleted(redis, settings, token):
    register(redis, new_token(), "other")
    redis.hdel("cw:tokens", token.split("_")[1])

    first_token(redis, settings.data_dir)

    assert Tokens(redis).holder(token) is None


def test_the_token_of_the_file_is_known_again_while_the_api_runs(app, redis, token, monkeypatch):
    monkeypatch.setattr(tokens, "CACHE_SECONDS", 0)
    client = app.test_client()
    redis.flushall()

    answer = client.get("/v1/hosts", headers={"Authorization": f"Bearer {token}"})

    assert (answer.status_code, answer.json["hosts"]) == (200, [])


@pytest.mark.parametrize("emptied", [True, False], ids=["emptied-later", "kept"])
@pytest.mark.parametrize("how", ["revoked", "deleted by hand"])
def test_a_token_that_was_taken_away_never_comes_back(redis, settings, token, how, emptied):
    if how == "revoked":
        assert revoke(redis, settings.data_dir, id_of(token))
    else:
        redis.hdel("cw:tokens", id_of(token))
    assert not restore(redis, settings.data_dir)
    if emptied:
        redis.flushall()

    assert not restore(redis, settings.data_dir)
    fresh = first_token(redis, settings.data_dir)

    known = Tokens(redis)
    assert known.holder(token) is None
    assert fresh != token
    assert known.holder(fresh) == id_of(fresh)


def test_a_token_of_an_older_version_that_is_deleted_does_not_come_back(redis, settings, token):
    redis.delete("cw:tokens:local")  # which older versions did not write
    first_token(redis, settings.data_dir)
    redis.hdel("cw:tokens", id_of(token))

    assert not restore(redis, settings.data_dir)


@pytest.mark.parametrize("what", ["{token}", "{id}"])
def test_whoever_runs_the_api_revokes_a_token_by_its_id(redis, settings, token, what, app):
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "api.local_token",
            "revoke",
            what.format(token=token, id=id_of(token)),
        ],
        env=os.environ
        | {"REDIS_URL": settings.redis_url, "CLUSTERWRIGHT_DATA": str(settings.data_dir)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert token.split("_", 2)[2] not in ran.stdout + ran.stderr
    assert Tokens(redis).holder(token) is None


def test_without_redis_url_the_token_is_revoked_in_the_redis_of_the_data_directory(
    redis, redis_server, settings, token, monkeypatch
):
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("CLUSTERWRIGHT_DATA", str(settings.data_dir))
    (settings.data_dir / socket_path(settings.data_dir).name).symlink_to(redis_server.socket)

    assert local_token.main(["revoke", id_of(token)]) == 0

    assert Tokens(redis).holder(token) is None


def test_a_redis_that_refuses_is_told_to_who_revokes(redis, settings, token, monkeypatch, capsys):
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.setenv("CLUSTERWRIGHT_DATA", str(settings.data_dir))

    with refusing_redis.replica(redis):
        assert local_token.main(["revoke", id_of(token)]) == 1

    stderr = capsys.readouterr().err
    assert "Redis is a replica" in stderr
    assert "redis-cli INFO replication" in stderr
    assert "Traceback" not in stderr
    assert not restore(redis, settings.data_dir)


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["ABCDEF012345"], ["a", "b"]])
def test_a_token_without_an_id_is_not_revoked(redis, settings, token, arguments, monkeypatch):
    monkeypatch.setenv("CLUSTERWRIGHT_DATA", str(settings.data_dir))

    assert local_token.main(["revoke", *arguments]) == 2
    assert Tokens(redis).holder(token)


def test_a_deleted_token_is_noticed_within_seconds(redis, token, monkeypatch):
    known = Tokens(redis)
    assert known.holder(token)
    redis.hdel("cw:tokens", token.split("_")[1])

    monkeypatch.setattr(tokens, "CACHE_SECONDS", 0)

    assert known.holder(token) is None


def test_a_redis_that_was_emptied_is_told_until_hosts_are_registered_again(client, redis, settings):
    first_token(redis, settings.data_dir)
    assert "redis_contents" not in readiness(client)
    redis.flushall()
    assert restore(redis, settings.data_dir)

    check = readiness(client)["redis_contents"]

    assert check["status"] == "warn"
    assert "hosts, clusters and jobs are gone" in check["detail"]
    assert "register the hosts anew" in check["detail"]
    Inventory(redis).put_host(Host("n1", "10.0.0.1", HOST_KEY))
    assert "redis_contents" not in readiness(client)


def readiness(client):
    return client.get("/readyz").json["checks"]
