"""A subscription is changed in place, and its deliveries are told page by page."""

import pytest
from api_requests import HOST_KEY

from cluster.spec import Host
from workflows.audit.log import KEY
from workflows.audit.records import Record
from workflows.deliveries.subscription import Subscription
from workflows.inventory import Inventory
from workflows.plan import Change
from workflows.submit import submit

BOARD = "/v1/subscriptions/board"
WISH = {"name": "board", "url": "https://board.example.org/hook", "clusters": "prod*", "once": True}


@pytest.fixture
def board(client):
    answer = client.post("/v1/subscriptions", json=WISH | {"kinds": ["upgrade"]})
    assert answer.status_code == 201, answer.text
    return answer.json


@pytest.fixture
def backend(app):
    return app.extensions["clusterwright"]


def test_what_is_said_is_changed_and_all_else_stays(client, board, redis):
    answer = client.patch(BOARD, json={"events": ["job.failed"], "kinds": [], "once": False})

    assert answer.status_code == 200, answer.text
    changed = {"events": ["job.failed"], "kinds": [], "once": False}
    expected = {key: value for key, value in board.items() if key != "secret"} | changed
    assert answer.json == expected
    assert client.get(BOARD).json == expected
    record = Record.of(redis.lindex(KEY, -1))
    assert (record.verb, record.object) == ("change-subscription", "subscription board")
    assert "upgrade" in str(record.before)
    assert "job.failed" in str(record.after)


def test_settings_are_changed_where_its_kind_has_them(client, board):
    answer = client.patch(BOARD, json={"settings": {"body": "standard"}})

    assert (answer.status_code, answer.json["settings"]) == (200, {"body": "standard"})
    assert client.patch(BOARD, json={}).json == answer.json


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"url": "https://elsewhere.example.org"}, "/url"),
        ({"secret": "s"}, "/secret"),
        ({"name": "other"}, "/name"),
        ({"notifier": "apprise"}, "/notifier"),
        ({"events": []}, "/events"),
        ({"kinds": ["explode"]}, "/kinds/0"),
        ({"settings": {"body": "xml"}}, "/settings/body"),
        ({"settings": {"colour": "red"}}, "/settings/colour"),
    ],
)
def test_what_cannot_be_changed_is_told_with_its_field_and_nothing_is(
    client, board, wrong, pointer
):
    before = client.get(BOARD).json

    answer = client.patch(BOARD, json=wrong | {"clusters": "*"})

    assert answer.status_code == 422, answer.text
    assert answer.json["errors"][0]["pointer"].startswith(pointer)
    assert client.get(BOARD).json == before


def test_a_subscription_that_is_not_there_is_not_changed(client):
    assert client.patch("/v1/subscriptions/nobody", json={"once": True}).status_code == 404


def test_of_two_changes_at_once_neither_is_lost(backend, board):
    def first(found):
        if found.settings != {"body": "standard"}:  # somebody is quicker, once
            client_change = {"body": "standard"}
            backend.deliveries.change("board", lambda each: _with(each, settings=client_change))
        return _with(found, host="changed.example.org")

    backend.deliveries.change("board", first)

    stored = backend.deliveries.one("board")
    assert (stored.host, stored.settings) == ("changed.example.org", {"body": "standard"})


def _with(found, **more):
    fields = {name: getattr(found, name) for name in Subscription.__dataclass_fields__}
    return Subscription(**fields | more)


@pytest.fixture
def many(client, backend, ledger, redis):
    """Deliveries of several events of two jobs."""
    client.post("/v1/subscriptions", json={"name": "board", "url": WISH["url"]})
    for number in (1, 2):
        Inventory(redis).put_host(Host(f"n{number}", f"10.0.0.{number}", HOST_KEY))
        change = Change(f"c{number}", "create-cluster", {"control_plane": [f"n{number}"]})
        job = submit(ledger, backend.inventory, change).job.id
        ledger.cancel(job)
    backend.deliveries.hand_out("test:queue", "t")
    return [row.id for row in backend.deliveries.deliveries("board")]


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize("state", ["", "&state=waiting"])
def test_deliveries_are_told_page_by_page_each_once_the_newest_first(client, many, size, state):
    assert len(many) >= 4
    found, path = [], f"{BOARD}/deliveries?per_page={size}{state}"
    while path:
        answer = client.get(path)
        rows = answer.json["deliveries"]
        assert 1 <= len(rows) <= size
        found += [row["id"] for row in rows]
        path = answer.headers.get("Link", "").partition("<")[2].partition(">")[0]

    assert found == many


@pytest.mark.parametrize("cursor", ["x", "1", "1.j", "1.j.x", "1.J.1", "-1.j.1"])
def test_a_cursor_that_no_page_has_told_is_refused(client, many, cursor):
    answer = client.get(f"{BOARD}/deliveries?cursor={cursor}")

    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/cursor")
