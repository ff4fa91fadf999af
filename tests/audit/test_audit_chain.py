"""The audit log: one chain however many write it, and what was altered is found."""

import json
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as profile

from workflows.audit.log import KEY, RESTORED, AuditLog
from workflows.audit.records import Act, BadRecord, Record, following, small
from workflows.audit.verifying import verify
from workflows.process.connection import connect
from workflows.process.settings import Settings

WRITER = """
import sys
from pathlib import Path
from workflows.audit.log import AuditLog
from workflows.audit.records import Act
from workflows.process.connection import connect
from workflows.process.settings import Settings

name, url, folder, count = sys.argv[1:]
client = connect(Settings(Path(folder), url))
log = AuditLog(client, Path(folder) if name != "without-file" else None)
for number in range(int(count)):
    log.append(Act("put-host", f"host {name}-{number}", actor=name))
"""


@pytest.fixture
def log(redis, settings):
    return AuditLog(redis, settings.data_dir)


def written(log, count=3):
    return [log.append(Act("put-host", f"host n{number}")) for number in range(count)]


def found(log):
    return verify(log.lines(), log.copy.lines())


def told(log):
    return [(fault.where, fault.number, fault.says) for fault in found(log).faults]


def test_each_record_holds_the_hash_of_the_one_before(log):
    first, second, third = written(log)

    assert (first.number, first.former) == (1, "")
    assert (second.former, third.former) == (first.hash, second.hash)
    assert [Record.of(line) for line in log.lines()] == [first, second, third]
    assert found(log).is_whole


def test_the_file_has_what_redis_has_and_its_owner_alone_may_read_it(log):
    written(log)

    assert list(log.copy.lines()) == list(log.lines())
    assert stat.S_IMODE(log.copy.path.stat().st_mode) == 0o600


def test_processes_that_write_at_once_write_one_chain(redis, settings, tmp_path):
    folders = {"a": tmp_path, "b": tmp_path, "elsewhere": tmp_path / "other", "without-file": "/"}
    (tmp_path / "other").mkdir()

    processes = [
        subprocess.Popen([sys.executable, "-c", WRITER, name, settings.redis_url, folder, "25"])
        for name, folder in folders.items()
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0, 0]

    for folder in (tmp_path, tmp_path / "other"):
        log = AuditLog(redis, folder)
        last = log.append(Act("verify"))
        assert list(log.copy.lines()) == list(log.lines())
        assert found(log).is_whole
    assert last.number == 102
    actors = [Record.of(line).actor for line in log.lines()]
    assert all(actors.count(name) == 25 for name in folders)


@profile(
    deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    rounds=strategies.lists(
        strategies.lists(strategies.integers(0, 2), min_size=1, max_size=6), min_size=1, max_size=4
    )
)
def test_whoever_writes_in_whatever_order_the_chain_is_one_and_each_file_a_part_of_it(
    redis_server, rounds
):
    with tempfile.TemporaryDirectory() as folder:
        client = connect_to(redis_server, folder)
        client.delete(KEY)
        other = Path(folder) / "other"
        other.mkdir()
        logs = [AuditLog(client, Path(folder)), AuditLog(client, other), AuditLog(client)]
        with ThreadPoolExecutor(6) as pool:
            for writers in rounds:
                list(pool.map(lambda writer: logs[writer].append(Act("put-host")), writers))

        assert client.llen(KEY) == sum(map(len, rounds))
        for log in logs[:2]:
            assert told(log) == []
        client.close()


def connect_to(redis_server, folder):
    return connect(Settings(Path(folder), redis_server.url))


@profile(deadline=None, max_examples=100)
@given(
    values=strategies.dictionaries(
        strategies.text(max_size=20),
        strategies.none()
        | strategies.integers()
        | strategies.floats(allow_nan=False)
        | strategies.text(max_size=300),
    ),
    text=strategies.text(strategies.characters(exclude_categories=["Cs"]), max_size=200),
)
def test_what_is_written_is_read_back_whatever_it_says(values, text):
    record = following(0, "", Act(text, text, before=values, after=values), 1.5)

    assert Record.of(record.line) == record
    assert "\n" not in record.line


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("where", ["redis", "file", "both"])
def test_a_record_that_was_altered_is_told_with_its_place(log, where, place):
    written(log)
    lines = list(log.lines())
    altered = lines[place].replace("put-host", "get-host")
    changed = [*lines[:place], altered, *lines[place + 1 :]]
    if where != "redis":
        log.copy.path.write_text("".join(f"{line}\n" for line in changed))
    if where != "file":
        log.redis.lset(KEY, place, altered)

    says = "its hash is not that of what it says"
    sides = ("redis", "file") if where == "both" else (where,)
    expected = [(side, place + 1, says) for side in sides]
    differ = ("both", place + 1, "Redis and the file have different records there")
    assert told(log) == expected + ([] if where == "both" else [differ])


def test_a_record_that_was_taken_out_or_sealed_anew_breaks_the_chain(log):
    first, second, third = written(log)
    log.redis.lrem(KEY, 1, second.line)
    assert told(log)[0] == ("redis", 2, "number 3 stands in its place")

    forged = following(1, first.hash, Act("nothing"), second.at)
    log.redis.delete(KEY)
    log.redis.rpush(KEY, first.line, forged.line, third.line)
    assert told(log)[0] == ("redis", 3, "it does not hold the hash of the record before")


def test_an_end_that_redis_lost_is_told_and_comes_back_with_the_next_record(log):
    *_, last = written(log)
    log.redis.rpop(KEY, 2)
    assert told(log) == [("redis", 2, "2 records are missing at its end")]

    after = log.append(Act("put-host"))

    assert found(log).is_whole
    lines = [Record.of(line) for line in log.lines()]
    assert [each.verb for each in lines] == ["put-host"] * 3 + [RESTORED, "put-host"]
    assert lines[3].after == {"count": 2, "first": 2}
    assert (lines[3].former, after.number) == (last.hash, 5)


def test_what_the_file_lacks_at_its_end_is_told_and_is_written_with_the_next_record(log):
    written(log)
    lines = log.copy.path.read_text().splitlines(keepends=True)
    log.copy.path.write_text(lines[0])
    AuditLog(log.redis).append(Act("submit"))

    assert (found(log).faults, found(log).behind) == ((), 3)

    log.append(Act("put-host"))

    assert (found(log).behind, list(log.copy.lines())) == (0, list(log.lines()))


def test_half_a_line_of_a_process_that_was_killed_swallows_no_other(log):
    written(log)
    with log.copy.path.open("a") as file:
        file.write('{"actor":"')

    log.append(Act("put-host"))

    torn, last = list(log.copy.lines())[3:]
    assert torn == '{"actor":"'
    assert Record.of(last).number == 4


def test_a_chain_of_another_redis_goes_on_beside_it_and_is_told(log):
    written(log)
    log.redis.delete(KEY)
    AuditLog(log.redis).append(Act("submit"))

    log.append(Act("put-host"))
    log.append(Act("put-host"))

    assert ("both", 1, "Redis and the file have different records there") in told(log)
    assert [Record.of(line).verb for line in log.copy.lines()][3:] == ["put-host", "put-host"]


@pytest.mark.parametrize(
    "line", ["", "{}", "[]", "null", "text", '{"number":1}', '{"outcome":"x"}', "[" * 10_000]
)
def test_what_is_no_record_is_read_as_none(line):
    with pytest.raises(BadRecord):
        Record.of(line)


def test_no_secret_is_recorded():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    values = {"secret": secret, "api_token": "x" * 20, "text": f"password={secret}", "count": 2}

    assert small(values) == {"text": "password=*MASKED*", "count": 2}
    token = f"cw_0123456789ab_{'x' * 43}"
    record = following(0, "", Act("revoke-token", f"token {token}"), 0)
    assert "xxx" not in record.line


def test_records_are_short_whatever_they_are_about():
    values = {f"field-{number:03}": "x" * 10_000 for number in range(1000)}

    record = following(0, "", Act("v" * 1000, "o" * 1000, after=values), 0)

    assert len(record.line) < 6000
    assert len(record.after) == 20


def test_pages_go_from_the_newest_to_the_oldest(log):
    written(log, 5)

    assert [(place, each.number) for place, each in log.newest(6, 2)] == [(5, 5), (4, 4)]
    assert [place for place, _ in log.newest(4, 10)] == [3, 2, 1]
    assert log.newest(1, 10) == []
    assert [json.loads(line)["number"] for line in log.lines(page=2)] == [1, 2, 3, 4, 5]


def test_a_folder_that_cannot_be_written_is_told_and_redis_has_the_record(redis, tmp_path):
    log = AuditLog(redis, tmp_path / "missing")

    with pytest.raises(OSError, match="No such file"):
        log.append(Act("put-host"))

    assert log.count() == 1
