"""The audit log in Redis is bounded: what is cut away stands in the file, and the chain holds."""

import logging
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from workflows.audit.bounds import Bounds, Checkpoint
from workflows.audit.kept import CUT
from workflows.audit.log import KEY, AuditLog, CutMeanwhile
from workflows.audit.parts import parts, put_aside
from workflows.audit.records import CUT_VERB, RESTORED, Act, Record, following

DAY = 24 * 3600
FEW = Bounds(records=5, days=10, file_bytes=2000)


class Clock:
    def __init__(self):
        self.now = 2_000_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def log(redis, settings, clock):
    return AuditLog(redis, settings.data_dir, bounds=FEW, clock=clock)


def written(log, count):
    return [log.append(Act("put-host", f"host n{number}")) for number in range(count)]


def told(log):
    return [(fault.where, fault.number, fault.says) for fault in log.verified().faults]


def records(log):
    return [Record.of(line) for line in log.lines()]


def numbers(lines):
    return [Record.of(line).number for line in lines]


def rewrite(path, change):
    """Write a file's lines anew, as somebody does who may."""
    path.write_text("".join(change(path.read_text().splitlines(keepends=True))))


def test_redis_keeps_as_many_records_as_it_may_and_the_file_all_of_them(log):
    written(log, 30)

    kept = records(log)
    assert len(kept) <= FEW.records + 1  # the newest of them tells what was cut
    assert numbers(log.copy.lines()) == list(range(1, kept[-1].number + 1))
    assert log.redis.llen(KEY) == len(kept)
    assert told(log) == []


def test_what_was_cut_is_told_by_a_record_of_the_chain_and_by_a_checkpoint(log):
    written(log, 6)

    (cut,) = [record for record in records(log) if record.verb == CUT_VERB]
    last = Record.of(list(log.copy.lines())[cut.after["number"] - 1])
    assert cut.after == {"count": 1, "number": 1, "hash": last.hash}
    assert log.redis.hgetall(CUT) == {"number": "1", "hash": last.hash}
    found = log.verified()
    assert (found.redis.before, found.redis.many) == (Checkpoint(1, last.hash), 6)
    assert found.file.many == 7


def test_what_is_old_is_cut_too_and_what_is_not_a_day_too_old_waits_for_more(log, clock):
    written(log, 3)
    clock.now += 10.5 * DAY
    log.append(Act("put-host"))
    # Of so small a log each record is worth a cut; of the usual one a thousand of them are.
    assert numbers(log.lines())[0] == 4
    usual = Bounds()
    old = [following(0, "", Act("put-host"), clock.now - 400.5 * DAY)] * 999

    assert usual.too_many(old, 2000, clock.now) == 0
    assert usual.too_many([*old, old[0]], 2000, clock.now) == 1000
    assert usual.too_many(old, 2000, clock.now + DAY) == 999


def test_the_newest_record_stays_however_old_all_are(log, clock):
    old = [following(0, "", Act("put-host"), clock.now - 100 * DAY)] * 3

    assert FEW.too_many(old, 3, clock.now) == 2


def test_nothing_is_cut_that_the_file_does_not_have(log, caplog):
    written(log, 5)
    rewrite(log.copy.path, lambda lines: lines[1:])

    with caplog.at_level(logging.ERROR):
        written(log, 10)

    assert numbers(log.lines()) == list(range(1, 16))
    assert "records 1 to 1 do not all stand in" in caplog.text
    assert told(log)[0] == ("file", 1, "1 record is missing at its beginning")


def test_a_record_that_was_altered_in_redis_is_not_cut_away(log):
    written(log, 5)
    log.redis.lset(KEY, 0, log.redis.lindex(KEY, 0).replace("put-host", "get-host"))

    written(log, 10)

    assert told(log)[0] == ("redis", 1, "its hash is not that of what it says")


def test_who_has_no_file_cuts_nothing(redis):
    log = AuditLog(redis, bounds=FEW)

    written(log, 20)

    assert numbers(log.lines()) == list(range(1, 21))


def test_a_cut_whose_record_did_not_reach_the_file_is_written_there_with_the_next(log):
    written(log, 20)
    path = log.copy.path
    rewrite(path, lambda lines: lines[:-1])
    assert (told(log), log.verified().behind) == ([], 1)

    written(log, 1)

    assert (told(log), log.verified().behind) == ([], 0)


def test_pages_end_with_the_first_record_that_redis_has(log):
    written(log, 30)
    first = records(log)[0].number

    assert [place for place, _ in log.newest(first + 2, 10)] == [first + 1, first]
    assert log.newest(first, 10) == []


def test_a_large_file_is_put_aside_by_the_number_of_its_first_record(log):
    written(log, 30)

    aside = put_aside(log.copy.path)
    assert len(aside) > 2
    for part in parts(log.copy.path)[:-1]:
        assert part.path.name == f"audit-log-{numbers(part.lines())[0]:012}"
        assert part.size >= FEW.file_bytes
        assert stat.S_IMODE(part.path.stat().st_mode) == 0o600


def test_what_is_put_aside_while_it_is_read_is_read_once(log):
    written(log, 3)
    lines = log.copy.lines()

    written(log, 20)

    assert numbers(lines) == [1, 2, 3]


def test_a_process_that_ends_between_putting_aside_and_writing_leaves_the_chain_whole(log):
    written(log, 12)
    path = log.copy.path
    path.rename(path.with_name(f"{path.name}-{numbers(parts(path)[-1].lines())[0]:012}"))

    again = AuditLog(log.redis, path.parent, bounds=FEW, clock=log.clock)
    written(again, 1)

    assert told(again) == []


def test_a_redis_that_was_emptied_gets_back_no_more_than_it_may_keep(log):
    written(log, 30)
    log.redis.delete(KEY, CUT)

    log.append(Act("put-host"))

    restored = next(record for record in records(log) if record.verb == RESTORED)
    assert restored.after["count"] == FEW.records
    assert restored.after["number"] == restored.after["first"] - 1
    assert len(records(log)) <= FEW.records + 2
    assert told(log) == []


def test_a_list_that_was_lost_without_its_checkpoint_comes_back_behind_that(log):
    written(log, 30)
    cut = log.redis.hgetall(CUT)
    log.redis.delete(KEY)

    log.append(Act("put-host"))

    assert int(log.redis.hget(CUT, "number")) >= int(cut["number"])
    assert told(log) == []


def test_many_that_write_and_cut_at_once_write_one_chain(redis, settings):
    few = Bounds(records=6, days=10, file_bytes=3000)
    logs = [AuditLog(redis, settings.data_dir, bounds=few) for _ in range(3)]
    logs.append(AuditLog(redis))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: logs[number % 4].append(Act("put-host")), range(120)))
    logs[0].append(Act("put-host"))

    acts = [Record.of(line).verb for line in logs[0].copy.lines()]
    assert acts.count("put-host") == 121
    assert acts.count(CUT_VERB) > 10
    assert told(logs[0]) == []
    assert len(records(logs[0])) <= few.records + 2


def test_what_is_cut_while_it_is_read_is_read_anew(log):
    written(log, 5)
    lines = log.lines(page=2)
    next(lines)

    written(log, 10)

    with pytest.raises(CutMeanwhile, match="try again"):
        list(lines)
    assert told(log) == []


def test_a_log_of_before_there_were_bounds_is_cut_little_by_little(redis, settings, clock):
    before = AuditLog(redis, settings.data_dir, bounds=Bounds(records=10_000), clock=clock)
    written(before, 40)

    log = AuditLog(redis, settings.data_dir, bounds=Bounds(records=10, days=10), clock=clock)
    written(log, 1)

    assert log.redis.llen(KEY) == 11
    assert told(log) == []


def test_a_log_that_is_cut_further_by_hand_is_told(log):
    written(log, 10)
    first, second, *_ = records(log)
    log.redis.lpop(KEY, 1)
    log.redis.hset(CUT, mapping={"number": first.number, "hash": first.hash})

    says = "no record tells that it was cut behind this one"
    assert told(log) == [("redis", first.number, says)]
    assert second.number == first.number + 1


def test_a_checkpoint_that_was_lost_or_altered_is_told(log):
    written(log, 10)
    first = records(log)[0].number
    cut = log.redis.hgetall(CUT)

    log.redis.hset(CUT, "hash", "0" * 64)
    altered = told(log)
    log.redis.delete(CUT)
    lost = told(log)

    differ = "Redis was cut behind another record than the file has there"
    assert ("both", int(cut["number"]), differ) in altered
    assert ("redis", first, "it does not hold the hash of the record before") in altered
    assert ("redis", 1, f"number {first} stands in its place") in lost
