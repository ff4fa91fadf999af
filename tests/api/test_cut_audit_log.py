"""An audit log of which Redis has the newest records alone, as it is listed and verified."""

import pytest
from api_requests import HOST_KEY

from workflows.audit.bounds import Bounds
from workflows.audit.kept import CUT
from workflows.audit.log import KEY
from workflows.audit.records import Record
from workflows.process.settings import BadSetting, Settings


@pytest.fixture
def cut(client, monkeypatch):
    """Thirty acts, of which Redis keeps few; returns the number of the first that it has."""
    log = client.application.extensions["clusterwright"].audit
    monkeypatch.setattr(log._cutting, "bounds", Bounds(records=10))
    for number in range(30):
        host = {"address": f"10.0.1.{number + 1}", "host_key": HOST_KEY}
        assert client.put(f"/v1/hosts/m{number}", json=host).status_code == 201
    return log.kept.standing().checkpoint.number + 1


def test_acts_of_the_api_cut_what_is_too_much(client, cut, redis):
    verdict = client.get("/v1/audit/verify").json

    assert cut > 20
    assert redis.llen(KEY) <= 11
    assert (verdict["whole"], verdict["behind"], verdict["faults"]) == (True, 0, [])
    assert (verdict["redis"]["first"], verdict["file"]["first"]) == (cut, 1)
    assert verdict["redis"]["before"] == redis.hget(CUT, "hash")
    assert verdict["redis"]["count"] + cut - 1 == verdict["file"]["count"]


def test_the_hash_of_a_record_is_told_also_where_the_files_alone_have_it(client, cut, redis):
    newest = Record.of(redis.lindex(KEY, -1))

    def hash_at(number):
        told = client.get(f"/v1/audit/verify?at={number}").json["at"]
        assert told["number"] == number
        return told["hash"]

    assert hash_at(newest.number) == newest.hash
    assert hash_at(cut - 1) == redis.hget(CUT, "hash")
    assert len(hash_at(1)) == 64
    assert hash_at(newest.number + 1) == ""
    assert client.get("/v1/audit/verify?at=0").status_code == 422


def test_pages_end_with_the_first_record_that_redis_has(client, cut):
    numbers, path = [], "/v1/audit?per_page=4"
    while path:
        answer = client.get(path)
        numbers += [row["number"] for row in answer.json["records"]]
        path = answer.headers.get("Link", "").partition("<")[2].partition(">")[0]

    assert numbers == list(range(numbers[0], cut - 1, -1))


@pytest.mark.parametrize(("records", "kept"), [("", 100_000), ("1000", 1000), ("999999", 999_999)])
def test_how_much_redis_keeps_is_a_setting(monkeypatch, records, kept):
    monkeypatch.setenv("CLUSTERWRIGHT_AUDIT_RECORDS", records)
    monkeypatch.setenv("CLUSTERWRIGHT_AUDIT_DAYS", "30")

    found = Settings.from_env()

    assert (found.audit_records, found.audit_days) == (kept, 30)


def test_a_bound_that_would_leave_hardly_anything_is_refused(monkeypatch):
    monkeypatch.setenv("CLUSTERWRIGHT_AUDIT_RECORDS", "999")

    with pytest.raises(BadSetting, match="999 is too few; give 1000 or more"):
        Settings.from_env()
