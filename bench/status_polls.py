"""Status polls per second of a running job, against the same gunicorn on a bare Redis read."""

import json
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from bench.alone import alone
from bench.load import CONNECTIONS, Target, per_second, tool
from bench.noop.kind import STEPS
from bench.noop_stack import API_PROCESSES, NoopStack, noop_stack
from bench.own_redis import own_redis
from bench.processes import Process, await_until, free_port
from bench.row import Row, spread
from bench.setting import Setting

LEAST_SHARE = 0.6
LONG_SECONDS = 600.0
"""How long the job stands still: longer than the measurement takes."""
HASH = "bench:bare-job"
OURS, UNCHANGED, BARE_FLASK, BARE_WSGI = "ours", "304", "flask", "wsgi"
Rates = dict[str, list[float]]


def rows(setting: Setting) -> Iterator[Row]:
    """Measure full answers and answers to ``If-None-Match``."""
    rates: Rates = {}
    with tempfile.TemporaryDirectory(prefix="cw-bench-") as name, ExitStack() as running:
        folder = Path(name)
        url = running.enter_context(own_redis(folder / "redis"))
        stack = running.enter_context(noop_stack(folder / "ours", url, concurrency=2))
        targets = _ours(stack)
        text = targets[OURS].check()
        _store_alike(stack, text)
        for framework in (BARE_FLASK, BARE_WSGI):
            process, target = _bare(folder, framework, stack)
            running.enter_context(process)
            await_until(partial(_answers, target), what="a bare server", processes=(process,))
            targets[framework] = target
        for _ in range(setting.rounds):
            for what, target in targets.items():
                rates.setdefault(what, []).append(per_second(target, 2 if setting.quick else 5))
    yield _full_row(rates, setting, len(text))
    yield _unchanged_row(rates, setting)


def _ours(stack: NoopStack) -> dict[str, Target]:
    """Have a job stand in its last step; return what to ask."""
    with stack.line() as line, stack.store() as store:
        job = stack.post(line, last_seconds=LONG_SECONDS)
        last = f"cw:job:{job}:step:{STEPS - 1}"
        await_until(lambda: store.hget(last, "status") == "running", what="a job in its last step")
        path = f"/v1/jobs/{job}"
        tag = line.ask("GET", path)[2]["ETag"]
    token = {"Authorization": f"Bearer {stack.token}"}
    whole = Target(stack.port, path, token)
    unchanged = Target(stack.port, path, token | {"If-None-Match": tag}, status=304)
    return {OURS: whole, UNCHANGED: unchanged}


def _bare(folder: Path, framework: str, stack: NoopStack) -> tuple[Process, Target]:
    """Return the bare server, and what to ask it."""
    port = free_port()
    environment = {
        "CLUSTERWRIGHT_DATA": str(folder),
        "REDIS_URL": stack.redis_url,
        "BENCH_HASH": HASH,
        "BENCH_FRAMEWORK": framework,
    }
    command = [
        *(sys.executable, "-P", "-m", "bench.bare_status"),
        *("--bind", f"127.0.0.1:{port}", "--workers", str(API_PROCESSES)),
    ]
    process = Process(f"bare-{framework}", command, folder, environment)
    return process, Target(port, "/jobs/one", {})


def _store_alike(stack: NoopStack, text: bytes) -> None:
    """Store a hash that makes as long an answer as the job does."""
    fields = {name: json.dumps(value).replace('"', "'") for name, value in json.loads(text).items()}
    with stack.store() as store:
        store.hset(HASH, mapping=fields)


def _answers(target: Target) -> bool:
    try:
        return bool(target.check())
    except OSError:
        return False


def _full_row(rates: Rates, setting: Setting, size: int) -> Row:
    ours, flask = statistics.median(rates[OURS]), statistics.median(rates[BARE_FLASK])
    wsgi = statistics.median(rates[BARE_WSGI])
    return Row(
        name="status polls per second, whole answers",
        ours=ours,
        contender=flask,
        ratio=ours / flask,
        target=f"at least {LEAST_SHARE:.2f} x",
        met=ours / flask >= LEAST_SHARE,
        rounds=setting.rounds,
        spread={
            "ours": spread(rates[OURS]),
            "contender": spread(rates[BARE_FLASK]),
            "bare_wsgi": spread(rates[BARE_WSGI]),
        },
        unit="/s",
        note=f"{size} bytes each, asked by {tool()} over {CONNECTIONS} connections on the same "
        f"cores, {API_PROCESSES} gevent processes each; ours checks the token, asks Redis whether "
        "the answer that it gave last still holds, and gives it again with its entity tag; the "
        "contender is Flask in the "
        "same gunicorn, answering one HGETALL of the same size as JSON without a token; without "
        f"Flask, too, a bare WSGI function comes to {wsgi:.0f}/s ({ours / wsgi:.2f} x)",
    )


def _unchanged_row(rates: Rates, setting: Setting) -> Row:
    ours, flask = statistics.median(rates[UNCHANGED]), statistics.median(rates[BARE_FLASK])
    return Row(
        name="status polls per second, If-None-Match",
        ours=ours,
        contender=flask,
        ratio=ours / flask,
        target="",
        met=True,
        rounds=setting.rounds,
        spread={"ours": spread(rates[UNCHANGED]), "contender": spread(rates[BARE_FLASK])},
        unit="/s",
        note="the same poll, answered with 304 because nothing is new; the same contender",
    )


if __name__ == "__main__":
    alone(rows)()
