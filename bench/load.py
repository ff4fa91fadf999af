"""How many requests a second a server answers: asked by wrk, or by Python where wrk is missing."""

import http.client
import multiprocessing
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass

from bench.processes import CannotMeasure

CONNECTIONS = 32
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
FAULTS = re.compile(r"Socket errors: (.*)")


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked for, and the status that every answer must have."""

    port: int
    path: str
    headers: Mapping[str, str]
    status: int = 200

    def check(self) -> bytes:
        """Refuse to measure a server that answers something else; return its answer."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request("GET", self.path, headers=dict(self.headers))
            answer = line.getresponse()
            body = answer.read()
        finally:
            line.close()
        if answer.status != self.status:
            raise CannotMeasure(f"cannot load {self.path}: it answers with {answer.status}")
        return body


def tool() -> str:
    """Return what asks: wrk, or our own client."""
    return "wrk" if shutil.which("wrk") else "a Python client"


def per_second(target: Target, seconds: float) -> float:
    """Return the answers per second with many connections at once."""
    target.check()
    wrk = shutil.which("wrk")
    return _by_wrk(wrk, target, seconds) if wrk else _by_python(target, seconds)


def _by_wrk(wrk: str, target: Target, seconds: float) -> float:
    headers = [
        part for name, value in target.headers.items() for part in ("-H", f"{name}: {value}")
    ]
    load = ["-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s"]
    command = [wrk, *load, *headers, f"http://127.0.0.1:{target.port}{target.path}"]
    report = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found, fault = RATE.search(report), FAULTS.search(report)
    if found is None or fault or "Non-2xx" in report:
        raise CannotMeasure(f"cannot count the answers to {target.path}: {report}")
    return float(found[1])


def _by_python(target: Target, seconds: float) -> float:
    """Ask from two processes over a few connections each; slower than wrk, and equal for all."""
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        counts = pool.starmap(_ask_for, [(target, seconds)] * 2)
    return sum(counts) / seconds


def _ask_for(target: Target, seconds: float) -> int:
    lines = [http.client.HTTPConnection("127.0.0.1", target.port) for _ in range(4)]
    headers, count, end = dict(target.headers), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        for line in lines:
            line.request("GET", target.path, headers=headers)
        for line in lines:
            line.getresponse().read()
            count += 1
    for line in lines:
        line.close()
    return count
