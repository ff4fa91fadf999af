"""A backup goes to a bucket, all here is lost, and it is proved from there. Over HTTP."""

import json
import shutil

import pytest
from s3_server import BUCKET, KEY_ID, SECRET


def job(stack, kind, **params):
    answer = stack.post("prod", params, kind=kind)
    assert answer.status_code == 202, answer.text
    return stack.finish(answer.json()["id"])


def listed(stack):
    return stack.client.get("/v1/clusters/prod/backups").json()["backups"]


@pytest.mark.slow
def test_a_backup_is_in_the_bucket_and_comes_back_from_it_and_no_secret_is_kept(stack, lab, bucket):
    formed = job(stack, "create-cluster", control_plane=["n1"])
    bucket.fails["PUT"] = (403, "AccessDenied")
    refused = job(stack, "backup")
    bucket.fails.clear()
    stack.client.post(f"/v1/jobs/{refused['id']}/retry")
    retried = stack.finish(refused["id"])
    [kept] = listed(stack)
    shutil.rmtree(stack.folder / "backups")
    proved = job(stack, "verify-backup")
    [back] = listed(stack)

    assert formed["status"] == "succeeded"
    assert refused["status"] == "failed"
    assert "get, put and delete objects" in json.dumps(refused["error"])
    assert (retried["status"], proved["status"]) == ("succeeded", "succeeded")
    assert kept["copy"] == f"s3://{BUCKET}/site-1/prod/{kept['name']}.sealed"
    assert kept == back
    assert {key.rpartition(".")[2] for key in bucket.objects} == {"sealed", "json"}
    stored = b"".join(f.read_bytes() for f in stack.redis_folder.rglob("*") if f.is_file())
    said = stack.log("worker") + stack.log("api")
    assert b"take_backup" in stored
    for secret in (SECRET, KEY_ID):
        assert secret.encode() not in stored
        assert secret not in said
