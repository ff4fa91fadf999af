"""Whatever is appended and cut, the audit log verifies; whatever is altered then is noticed."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as profile

from workflows.audit.bounds import Bounds
from workflows.audit.kept import CUT
from workflows.audit.log import KEY, AuditLog
from workflows.audit.parts import parts
from workflows.audit.records import Act, Record, following
from workflows.process.connection import connect
from workflows.process.settings import Settings

DAY = 24 * 3600

# What somebody who may write both places alters: in Redis, or in a file.
PLACES = ("altered", "taken out", "put in twice", "sealed anew")


def tampered(lines, place, how):
    """Return lines of which one is another, or is missing, or stands there twice."""
    before, line, behind = lines[:place], lines[place], lines[place + 1 :]
    found = Record.of(line.rstrip("\n"))
    act = Act("nothing", found.object)
    anew = following(found.number - 1, found.former, act, found.at).line
    middle = {
        "altered": [line.replace("a", "b", 1)],
        "taken out": [],
        "put in twice": [line, line],
        "sealed anew": [anew + line[len(line.rstrip("\n")) :]],
    }[how]
    return [*before, *middle, *behind]


@profile(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=strategies.data())
def test_whatever_is_appended_and_cut_the_chain_verifies_and_whatever_is_altered_is_noticed(
    redis_server, data
):
    draw = data.draw
    now = [2_000_000_000.0]
    with tempfile.TemporaryDirectory() as folder, connected(redis_server, folder) as client:
        client.delete(KEY, CUT)
        bounds = [
            Bounds(draw(strategies.integers(1, 8)), draw(strategies.integers(1, 5)), size)
            for size in (1, 900, 10**6)
        ]
        logs = [
            AuditLog(client, Path(folder), bounds=each, clock=lambda: now[0]) for each in bounds
        ]
        logs.append(AuditLog(client, clock=lambda: now[0]))
        acts = strategies.tuples(strategies.integers(0, 3), strategies.integers(0, 3))
        for writer, days in draw(strategies.lists(acts, min_size=1, max_size=25)):
            now[0] += days * DAY
            logs[writer].append(Act("put-host", f"host n{days}"))
        logs[1].append(Act("put-host"))  # so that the file has all
        log = logs[1]
        assert log.verified().faults == ()
        assert client.llen(KEY) + int(client.hget(CUT, "number") or 0) == log.count()
        assert [Record.of(line).number for line in log.copy.lines()] == list(
            range(1, log.count() + 1)
        )

        tamper(draw, client, log)

        assert log.verified().faults


def tamper(draw, client, log):
    """Alter one record, or a part, or what Redis begins behind."""
    files = [part.path for part in parts(log.copy.path)]
    where = draw(strategies.sampled_from(["redis", "part", "whole part", "checkpoint"]))
    how = draw(strategies.sampled_from(PLACES))
    if where == "redis":
        lines = list(client.lrange(KEY, 0, -1))
        lines = tampered(lines, draw(strategies.integers(0, len(lines) - 1)), how)
        client.delete(KEY)
        if lines:
            client.rpush(KEY, *lines)
    elif where == "part" or (where == "whole part" and len(files) == 1):
        path = draw(strategies.sampled_from(files))
        lines = path.read_text().splitlines(keepends=True)
        place = draw(strategies.integers(0, len(lines) - 1))
        is_last = path == files[-1] and place == len(lines) - 1
        how = "altered" if is_last and how == "taken out" else how  # Redis has it still
        path.write_text("".join(tampered(lines, place, how)))
    elif where == "whole part":
        draw(strategies.sampled_from(files[:-1])).unlink()
    else:
        number = int(client.hget(CUT, "number") or 0)
        other = draw(strategies.integers(0, number + 3).filter(lambda each: each != number))
        client.hset(CUT, mapping={"number": other, "hash": "0" * 64})


def connected(redis_server, folder):
    return connect(Settings(Path(folder), redis_server.url))
