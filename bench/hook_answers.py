"""Answers to signed events: of many senders at once, and of polls beside a storm of alerts."""

import json
import multiprocessing
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from bench.alone import alone
from bench.hook_senders import ALERTS, RULES, SENDER, Sent, press, storm
from bench.job_polls import poll
from bench.noop_stack import API_PROCESSES, NoopStack, noop_stack
from bench.own_redis import own_redis
from bench.processes import CannotMeasure, await_until
from bench.row import Row, percentile, spread
from bench.setting import Setting

SENDERS, EACH = 50, 20
LONGEST_ANSWER_MS = 150.0
ALERTS_PER_SECOND, ALERTS_PER_REQUEST = 1000, 20
LONGEST_POLL_MS = 100.0
POLL_SECONDS = 0.02
LONG_SECONDS = 600.0
"""How long the job runs that is looked at meanwhile."""


def rows(setting: Setting) -> Iterator[Row]:
    """Measure both on one stack, where a job runs."""
    seconds = 3 if setting.quick else 10
    pressed: list[list[float]] = []
    polled: list[list[float]] = []
    stormed: list[Sent] = []
    with tempfile.TemporaryDirectory(prefix="cw-bench-") as name:
        folder = Path(name)
        with (
            own_redis(folder / "redis") as url,
            noop_stack(folder / "ours", url, concurrency=2) as stack,
        ):
            secrets = _set_up(stack)
            job = _running_job(stack)
            for place in range(setting.rounds):
                pressed.append(_press(stack, secrets[SENDER], place * SENDERS * EACH))
                sent, polls = _storm(stack, job, secrets[ALERTS], seconds)
                polled.append(polls)
                stormed += sent
    yield _answers_row(pressed)
    yield _storm_row(polled, stormed, seconds * setting.rounds)


def _set_up(stack: NoopStack) -> dict[str, str]:
    """Say who may send events, and return their secrets."""
    with stack.line() as line:
        line.expect(200, "PUT", "/v1/rules", {"text": RULES})
        return {
            name: str(line.expect(201, "POST", f"/v1/hooks/{name}/secrets", {})["secret"])
            for name in (SENDER, ALERTS)
        }


def _running_job(stack: NoopStack) -> str:
    with stack.line() as line, stack.store() as store:
        job = stack.post(line, steps=1, last_seconds=LONG_SECONDS)
        step = f"cw:job:{job}:step:0"
        await_until(lambda: store.hget(step, "status") == "running", what="a job that runs")
    return job


def _press(stack: NoopStack, secret: str, start: int) -> list[float]:
    """Have all senders send at once; return how long each answer took, in ms."""
    with _elsewhere() as pool:
        sent = pool.submit(press, stack.port, secret, SENDERS, EACH, start).result()
    wrong = [one for one in sent if one.status != 202]
    if wrong:
        raise CannotMeasure(f"cannot count on an answer: {wrong[0].status}: {wrong[0].body!r}")
    return [one.seconds * 1000 for one in sent]


def _storm(stack: NoopStack, job: str, secret: str, seconds: int) -> tuple[list[Sent], list[float]]:
    """Send alerts, and poll a job meanwhile; return the answers, and the polls' times in ms."""
    send: Callable[[], list[Sent]] = partial(
        storm, stack.port, secret, ALERTS_PER_REQUEST, ALERTS_PER_SECOND, seconds
    )
    with _elsewhere() as pool:
        sent = pool.submit(send)
        polls = poll(stack, job, sent, POLL_SECONDS)
        return sent.result(), polls


def _elsewhere() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def _answers_row(pressed: list[list[float]]) -> Row:
    ms = [took for one in pressed for took in one]
    tails = [percentile(one, 95) for one in pressed]
    tail = percentile(ms, 95)
    return Row(
        name=f"signed events of {SENDERS} senders, answered with a job, p95",
        ours=tail,
        contender=None,
        ratio=None,
        target=f"at most {LONGEST_ANSWER_MS:.0f} ms",
        met=tail <= LONGEST_ANSWER_MS,
        rounds=len(pressed),
        spread={"ours": spread(tails), "p50": percentile(ms, 50), "most": max(ms)},
        unit="ms",
        note=f"{SENDERS} senders at once, each sends its next event when the last is answered, "
        f"{EACH} in all; every event is verified, and leads to a job of its own that waits for "
        f"an approval, while another job runs; {API_PROCESSES} gevent processes; p50 "
        f"{percentile(ms, 50):.0f} ms; the senders are one Python process on the same cores",
    )


def _storm_row(polled: list[list[float]], sent: list[Sent], seconds: int) -> Row:
    polls = [took for one in polled for took in one]
    tails = [percentile(one, 99) for one in polled]
    tail = percentile(polls, 99)
    jobs = {row["job"] for one in sent for row in json.loads(one.body or b"{}").get("events", ())}
    answered = [one for one in sent if one.status == 202]
    rate = len(answered) * ALERTS_PER_REQUEST / seconds
    return Row(
        name=f"status polls beside {ALERTS_PER_SECOND} alerts a second, p99",
        ours=tail,
        contender=None,
        ratio=None,
        target=f"at most {LONGEST_POLL_MS:.0f} ms, one job",
        met=tail <= LONGEST_POLL_MS and len(jobs) == 1 and len(answered) == len(sent),
        rounds=len(polled),
        spread={
            "ours": spread(tails),
            "alerts_per_second": rate,
            "unanswered": len(sent) - len(answered),
            "jobs": len(jobs),
        },
        unit="ms",
        note=f"{ALERTS_PER_REQUEST} alerts a request, every alert another one, sent at a steady "
        f"rate whether answered or not; {rate:.0f} alerts a second answered with a job, "
        f"{len(sent) - len(answered)} requests without; they led to {len(jobs)} job; "
        f"{len(polls)} polls, p50 {percentile(polls, 50):.0f} ms; the sender is one Python "
        "process on the same cores",
    )


if __name__ == "__main__":
    alone(rows)()
