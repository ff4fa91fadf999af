"""The audit log on the page: who did what, filtered and a part at a time; forms are recorded."""

import re

import pytest
from api_requests import HOST_KEY
from test_forged_forms import form_routes
from visitor import Visitor

from api.access.needs import need_of
from api.access.tokens import id_of, new_token, register
from workflows.audit.bounds import Bounds
from workflows.audit.log import KEY, AuditLog
from workflows.audit.records import Act, Outcome, Record

HOST = {"name": "n9", "address": "10.0.0.9", "user": "root", "host_key": HOST_KEY}


def numbers(answer):
    assert answer.status_code == 200, answer.text
    return [int(each) for each in re.findall(r'<tr id="record-(\d+)">', answer.text)]


@pytest.fixture
def seeded(redis):
    log = AuditLog(redis)
    for number in range(1, 5):
        who = ("hook:tickets", "tickets") if number % 2 else ("0123456789ab", "ada")
        log.append(Act("request-change", "cluster prod", "prod", *who))
    log.append(Act("delete-host", "host n1", actor="x", name="<b>", outcome=Outcome.REFUSED))


def test_the_newest_is_told_first_and_a_filter_finds_whom_and_what(visitor, seeded):
    visitor.sign_in()

    assert numbers(visitor.get("/audit")) == [6, 5, 4, 3, 2, 1]
    assert numbers(visitor.get("/audit?actor=ada&outcome=&since=")) == [4, 2]
    assert numbers(visitor.get("/audit?cluster=prod&actor=hook:tickets")) == [3, 1]
    assert numbers(visitor.get("/audit?outcome=refused")) == [5]
    assert numbers(visitor.get("/audit?since=2999-01-01")) == []
    assert visitor.get("/audit?since=soon").status_code == 422
    assert "&lt;b&gt;" in visitor.get("/audit").text


def test_what_redis_has_no_more_is_told_where_the_list_ends(visitor, seeded, settings, redis):
    log = AuditLog(redis, settings.data_dir, bounds=Bounds(records=4))
    log.append(Act("put-host", "host n2"))
    visitor.sign_in()

    told = visitor.get("/audit")

    first = log.kept.standing().checkpoint.number + 1
    assert numbers(told)[-1] == first > 1
    assert f"Records 1 to {first - 1} stand in the files" in told.text


def test_older_records_are_led_to_with_the_filter(visitor, seeded, monkeypatch):
    visitor.sign_in()
    monkeypatch.setattr("api.page.audit.SHOWN", 2)

    first = visitor.get("/audit?cluster=prod")
    (older,) = re.findall(r'href="(/audit\?[^"]*cursor=[^"]+)"', first.text)

    assert numbers(first) == [4, 3]
    assert numbers(visitor.get(older.replace("&amp;", "&"))) == [2, 1]


def newest(redis):
    return Record.of(redis.lindex(KEY, -1))


def test_every_form_leaves_a_record_when_it_is_refused(app, redis):
    token = new_token()
    register(redis, token, "nobody", ())
    nobody = Visitor(app.test_client(), token)
    nobody.sign_in()
    endpoints = {
        rule.rule: rule.endpoint for rule in app.url_map.iter_rules() if "POST" in rule.methods
    }
    recorded, unrecorded = set(), set()

    for rule, path in zip(endpoints, map(as_path, endpoints), strict=True):
        if not endpoints[rule].startswith("page.") or endpoints[rule] == "page.sign_in":
            continue
        count = redis.llen(KEY)
        assert nobody.client.post(path).status_code in {403, 404}
        (recorded if redis.llen(KEY) > count else unrecorded).add(rule)

    assert all(not need_of(app, endpoints[rule]).changes or "job" in rule for rule in unrecorded)
    assert len(recorded) + len(unrecorded) == len(form_routes(app)) - 1
    assert len(recorded) >= 7


def as_path(rule):
    return re.sub(r"<any\((\w+).*?>|<\w+>", r"\1", rule).replace("//", "/n1/")


def test_what_forms_do_is_recorded_as_what_the_api_does(member, redis, inventory, token):
    member.send("/hosts", HOST)
    added = newest(redis)
    member.send("/hosts/n9/delete")
    deleted = newest(redis)

    assert (added.verb, added.object, added.outcome) == ("add-host", "host n9", "done")
    assert added.after["address"] == "10.0.0.9"
    assert (deleted.verb, deleted.object) == ("delete-host", "host n9")
    assert (deleted.before["address"], deleted.via) == ("10.0.0.9", "session")
    assert added.actor == deleted.actor == id_of(token)


def test_a_form_that_is_forged_or_cannot_be_used_changes_nothing_and_forgery_is_recorded(
    member, redis
):
    count = redis.llen(KEY)
    member.send("/hosts", HOST | {"address": "nine"})
    assert redis.llen(KEY) == count

    member.client.post("/hosts", data=HOST)

    assert (newest(redis).verb, newest(redis).outcome) == ("add-host", "refused")


def test_signing_in_and_out_is_recorded_and_refused_sign_ins_are_too(visitor, redis, token):
    visitor.sign_in(token="cw_wrong_secret")
    visitor.sign_in()
    visitor.send("/sign-out")

    refused, entered, left = [Record.of(line) for line in redis.lrange(KEY, 0, -1)]
    assert (refused.verb, refused.outcome, refused.actor) == ("sign-in", "refused", "")
    assert (entered.verb, entered.outcome, entered.name) == ("sign-in", "done", "test")
    assert (left.verb, left.actor) == ("sign-out", id_of(token))
    assert {each.address for each in (refused, entered, left)} == {"127.0.0.1"}
    assert "cw_wrong" not in "".join(redis.lrange(KEY, 0, -1))


def test_who_only_guesses_tokens_cannot_fill_the_log(visitor, redis):
    for _ in range(30):
        visitor.sign_in(token="cw_wrong")

    assert redis.llen(KEY) <= 10
