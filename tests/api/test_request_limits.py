"""How long requests may be, and how much of them comes back."""

import json
import time

import pytest
from api_requests import CHANGES, HOST_KEY, PLANS, change

from api.description.schemas import ChangeRequestSchema
from cluster.spec import Host
from workflows.ledger.ledger import Ledger
from workflows.plan import Change
from workflows.submit import plan_change

AT_THE_LIMIT = {
    "control_plane": [f"c{number}" for number in range(7)],
    "workers": [f"w{number}" for number in range(200)],
}
LONGEST = {
    "hosts": {},
    "addons": {"addons": [f"{'a' * 60}{number}" for number in range(50)]},
    "labels": {
        "labels": {f"w{i}": {f"k{j}": "v" for j in range(50)} for i in range(120)},
    },
    "taints": {"taints": {f"w{i}": [f"k{j}=:NoExecute" for j in range(50)] for i in range(70)}},
}


@pytest.mark.parametrize("params", LONGEST.values(), ids=LONGEST)
def test_lists_at_their_longest_cost_no_more_a_row_than_shorter_ones(client, inventory, params):
    for number, name in enumerate(AT_THE_LIMIT["control_plane"] + AT_THE_LIMIT["workers"]):
        inventory.put_host(Host(name, f"10.1.{number // 250}.{number % 250 + 1}", HOST_KEY))
    whole = change(params=AT_THE_LIMIT | params)
    part = change(params={name: shortened(value) for name, value in whole["params"].items()})

    spent = {size: quickest(body, inventory) for size, body in (("part", part), ("whole", whole))}

    assert len(json.dumps(whole, separators=(",", ":"))) < 64 * 1024
    assert client.post(PLANS, json=whole).status_code == 200
    # Four times as much: what looks at each pair would cost sixteen times as much.
    assert spent["whole"] < 8 * spent["part"]


def shortened(value):
    """Return a quarter of a list or mapping."""
    if isinstance(value, dict):
        return dict(list(value.items())[: len(value) // 4])
    return value[: -(-len(value) // 4)] if isinstance(value, list) else value


def quickest(body, inventory):
    """Return the least processor time that reading and planning takes: others work here, too."""
    spent = []
    for _ in range(5):
        began = time.process_time()
        read = ChangeRequestSchema().load(body)
        planned = plan_change(Ledger(inventory.redis), inventory, change_of_body(read))
        json.dumps(planned.as_dict())
        spent.append(time.process_time() - began)
    return min(spent)


def test_the_longest_change_is_recorded_whole(client, inventory):
    """With the longest names, which make its plan the longest."""
    hosts = [(kind, name.ljust(63, "x")) for kind in AT_THE_LIMIT for name in AT_THE_LIMIT[kind]]
    for number, (_, name) in enumerate(hosts):
        inventory.put_host(Host(name, f"10.1.{number // 250}.{number % 250 + 1}", HOST_KEY))
    names = {kind: [name for of, name in hosts if of == kind] for kind in AT_THE_LIMIT}
    labels = {name: {f"k{j}": "v" for j in range(40)} for name in names["workers"][:110]}
    asked = change(params=names | {"labels": labels}, accept=["too-many-nodes"])
    body = json.dumps(asked, separators=(",", ":"))

    answer = client.post(CHANGES, data=body, content_type="application/json")

    assert 60_000 < len(body) < 64 * 1024
    assert answer.status_code == 202, answer.json
    assert len(client.get(answer.headers["Location"]).json["params"]["labels"]) == 110


def test_a_change_whose_plan_is_longer_than_what_is_kept_is_refused_with_the_limit(
    client, inventory, redis, monkeypatch
):
    monkeypatch.setattr("workflows.ledger.ledger.LARGEST_CHANGE_BYTES", 1024)

    answer = client.post(CHANGES, json=change())

    assert (answer.status_code, answer.json["type"]) == (413, "/problems/too-large")
    assert "1 KiB at most are kept" in answer.json["detail"]
    assert redis.keys("cw:job:*") == []


def change_of_body(read):
    return Change("prod", read["kind"], read["params"])


@pytest.mark.parametrize(
    ("params", "pointer", "limit"),
    [
        ({"control_plane": [f"n{i}" for i in range(8)]}, "/params/control_plane", "7 at most"),
        ({"workers": [f"n{i}" for i in range(9, 210)]}, "/params/workers", "200 at most"),
        ({"addons": [f"a{i}" for i in range(51)]}, "/params/addons", "50 at most"),
        ({"labels": {"n1": {f"k{i}": "" for i in range(51)}}}, "/params/labels/n1", "50 at most"),
        ({"labels": {f"n{i}": {} for i in range(208)}}, "/params/labels", "207 at most"),
        ({"taints": {"n1": ["k=:NoExecute"] * 51}}, "/params/taints/n1", "50 at most"),
    ],
)
def test_a_list_that_is_too_long_is_refused_with_its_limit(client, params, pointer, limit):
    answer = client.post(PLANS, json=change(params=params))

    assert answer.status_code == 422
    details = {row["pointer"]: row["detail"] for row in answer.json["errors"]}
    assert limit in details[pointer]


def test_of_many_findings_the_first_hundred_are_told_and_how_many_there_are(client, ledger):
    answer = client.post(CHANGES, json=change(params=AT_THE_LIMIT))
    planned = client.post(PLANS, json=change(params=AT_THE_LIMIT))

    assert answer.status_code == 409
    assert len(answer.json["findings"]) == len(planned.json["findings"]) == 100
    assert answer.json["findings_left_out"] > 100
    assert planned.json["findings_left_out"] > 100
    assert answer.json["errors"][-1]["detail"].endswith(" more")
    assert len(answer.json["errors"]) == 101
    assert len(answer.json["detail"]) < 1000


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "k" * 5000, "params": {}},
        {"kind": "create-cluster", "params": {"control_plane": ["n1"]}, "p" * 5000: 1},
        {"kind": "create-cluster", "params": {"control_plane": ["n" * 5000]}},
        {"kind": "create-cluster", "params": {"control_plane": ["n1"]}, "on_failure": "s" * 5000},
    ],
)
def test_what_was_sent_is_not_sent_back_at_length(client, ledger, body):
    answer = client.post(PLANS, json=body)

    assert answer.status_code == 422
    assert len(answer.data) < 1200


def test_only_utf_8_is_read(client, ledger):
    text = json.dumps(change())

    def status(body, charset=""):
        return client.post(PLANS, data=body, content_type=f"application/json{charset}").status_code

    assert status(text.encode("utf-8-sig")) == 200
    assert status(text, "; charset=UTF-8") == 200
    assert status(text.encode("utf-16")) == status(text.encode("utf-32-le")) == 400
    assert status(text.encode("utf-16"), "; charset=utf-16") == 415
    assert status(text, "; charset=latin-1") == 415


@pytest.mark.parametrize("sign", ["\x1b", "\x9b", "\u202e", "\u2028", "\u200b", "\x7f"])
def test_a_reason_that_would_steer_a_terminal_is_refused(client, ledger, sign):
    answer = client.post(CHANGES, json=change(reason=f"a{sign}b"))

    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/reason")


def test_a_reason_may_have_lines_tabs_and_any_language(client, ledger):
    reason = "第一\n\tÄpfel 🙂"

    assert client.post(CHANGES, json=change(reason=reason)).json["reason"] == reason


def test_planning_reads_the_hosts_that_a_change_can_be_about_and_no_others(client, inventory):
    def reads(body):
        inventory.redis.config_resetstat()
        assert client.post(PLANS, json=body).status_code == 200
        return inventory.redis.info("commandstats")["cmdstat_hgetall"]["calls"]

    inventory.put_host(Host("j1", "10.0.0.9", HOST_KEY))
    inventory.put_host(Host("n3", "10.0.0.3", HOST_KEY, jump="j1"))
    body = change(params={"control_plane": ["n3"]})
    few = reads(body)

    for number in range(100):
        inventory.put_host(Host(f"x{number}", f"10.2.0.{number + 1}", HOST_KEY))

    assert reads(body) == few
    assert "j1" in client.post(PLANS, json=body).json["connections"]
