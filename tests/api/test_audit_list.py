"""How the audit log is listed, page by page, and verified."""

import pytest
from api_requests import HOST_KEY

from workflows.access import Grant, Permission
from workflows.audit.log import KEY

HOST = {"address": "10.0.0.7", "host_key": HOST_KEY}


@pytest.fixture
def many(client, robot):
    """Twelve records of two actors."""
    other, actor = robot(Grant(Permission.ADMIN))
    for number in range(6):
        client.put(f"/v1/hosts/m{number}", json=HOST | {"address": f"10.0.1.{number + 1}"})
        other.delete(f"/v1/hosts/m{number}")
    return actor


def pages(client, query):
    path, found = f"/v1/audit?{query}", []
    while path:
        answer = client.get(path)
        assert answer.status_code == 200, answer.text
        found.append([row["number"] for row in answer.json["records"]])
        path = answer.headers.get("Link", "").partition("<")[2].partition(">")[0]
    return found


def flat(found):
    return [number for page in found for number in page]


def test_the_log_is_told_page_by_page_and_by_who_did_it(client, many, records):
    assert pages(client, "per_page=5") == [[12, 11, 10, 9, 8], [7, 6, 5, 4, 3], [2, 1]]
    assert pages(client, "per_page=12") == [list(range(12, 0, -1))]
    assert flat(pages(client, f"per_page=4&actor={many}")) == [
        12,
        10,
        8,
        6,
        4,
        2,
    ]
    assert flat(pages(client, "actor=robot")) == [12, 10, 8, 6, 4, 2]
    assert pages(client, "actor=nobody") == [[]]
    assert pages(client, "cluster=prod") == [[]]
    assert pages(client, "outcome=refused") == [[]]


def test_the_log_is_told_since_a_moment(client, many, records):
    moment = records()[3]["time"]

    since = flat(pages(client, f"since={moment}&per_page=2"))

    assert since[:3] == [12, 11, 10]
    assert 9 in since
    assert pages(client, "since=2999-01-01T00:00:00%2B01:00") == [[]]


@pytest.mark.parametrize(
    "query", ["since=yesterday", "since=2026-01-01T00:00:00", "cursor=0", "actor=", "per_page=1001"]
)
def test_a_query_that_cannot_be_understood_is_refused(client, query):
    assert client.get(f"/v1/audit?{query}").status_code == 422


def test_a_long_search_is_broken_off_and_led_on(client, many, monkeypatch):
    monkeypatch.setattr("api.audit.MOST_READ", 4)

    assert pages(client, "actor=nobody&per_page=2") == [[], [], []]


def test_a_page_that_has_not_changed_is_not_sent_again(client, many):
    first = client.get("/v1/audit")

    again = client.get("/v1/audit", headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.text) == (304, "")


def test_what_was_altered_is_told_and_its_neighbours_are_listed_still(client, many, redis):
    assert client.get("/v1/audit/verify").json["whole"]
    redis.lset(KEY, 4, redis.lindex(KEY, 4).replace("put-host", "get-host"))

    verdict = client.get("/v1/audit/verify").json

    assert (verdict["whole"], verdict["redis"]["count"], verdict["file"]["count"]) == (
        False,
        12,
        12,
    )
    assert {(row["where"], row["number"]) for row in verdict["faults"]} == {
        ("redis", 5),
        ("both", 5),
    }
    assert flat(pages(client, "per_page=1")) == [
        12,
        11,
        10,
        9,
        8,
        7,
        6,
        4,
        3,
        2,
        1,
    ]


def test_the_log_is_for_who_may_administer_all(robot):
    reader, _ = robot(Grant(Permission.READ))

    assert reader.get("/v1/audit").status_code == 403
    assert reader.get("/v1/audit/verify").status_code == 403
