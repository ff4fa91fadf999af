"""The audit log has what stood before and after in schedules, windows and freezes."""

import pytest

from workflows.audit.log import KEY
from workflows.audit.records import Record

SCHEDULE = "/v1/clusters/prod/schedules/look"
LOOK = {"change": {"kind": "verify", "params": {}}, "cron": "0 6 * * *"}
WINDOW = {"environments": ["prod"], "days": ["tue"], "begin": "22:00", "end": "04:00"}
FREEZE = {"environments": ["prod"], "until": "2036-12-01T06:00:00Z", "reason": "the sale"}


@pytest.fixture
def acts(redis):
    def acts():
        records = [Record.of(line) for line in redis.lrange(KEY, 0, -1)]
        return [(each.verb, each.object, each.before, each.after) for each in records]

    return acts


def test_of_a_schedule_its_times_and_the_digest_of_its_change_are_kept(client, inventory, acts):
    assert client.put(SCHEDULE, json=LOOK).status_code == 200
    assert client.put(SCHEDULE, json=LOOK | {"cron": "0 7 * * *"}).status_code == 200
    assert client.post(f"{SCHEDULE}/pause").status_code == 200
    assert client.delete(SCHEDULE).status_code == 204

    verbs, objects, before, after = zip(*acts(), strict=True)
    assert verbs == ("put-schedule", "put-schedule", "pause-schedule", "remove-schedule")
    assert set(objects) == {"schedule look"}
    assert [row.get("cron") for row in before] == [None, "0 6 * * *", "0 7 * * *", "0 7 * * *"]
    assert [row.get("cron") for row in after] == ["0 6 * * *", "0 7 * * *", "0 7 * * *", None]
    assert [row.get("enabled") for row in after] == [True, True, False, None]
    assert after[0]["digest"] == after[1]["digest"]


@pytest.mark.parametrize(
    ("path", "body", "other", "field"),
    [
        ("/v1/windows/nightly", WINDOW, {"end": "05:00"}, "to"),
        ("/v1/freezes/sale", FREEZE, {"reason": "the fair"}, "reason"),
    ],
)
def test_of_windows_and_freezes_all_is_kept(client, acts, path, body, other, field):
    assert client.put(path, json=body).status_code == 200
    assert client.put(path, json=body | other).status_code == 200
    assert client.delete(path).status_code == 204

    rows = acts()
    assert [row[1] for row in rows] == [" ".join(path.split("/")[2:]).replace("s ", " ")] * 3
    before, after = ([row[place].get(field) for row in rows] for place in (2, 3))
    (first, second) = after[:2]
    assert first != second
    assert before == [None, first, second]
    assert after[2] is None
