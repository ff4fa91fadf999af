"""The machine that a run of the benchmarks was taken on, and the versions that were measured."""

import os
import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from cli.redis_server import server_program

PACKAGES = ("celery", "flask", "gevent", "gunicorn", "paramiko", "pyinfra", "redis")
GIB = 1024**3


def machine() -> dict[str, str]:
    """Return what a reader has to know to compare numbers; nothing that names the machine."""
    facts = {
        "processors": f"{len(os.sched_getaffinity(0))} x {_processor()}",
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / GIB:.0f} GiB",
        "system": f"{_distribution()}, Linux {platform.release().split('-')[0]}",
        "Python": platform.python_version(),
        "Redis": _redis(),
        "load before": f"{os.getloadavg()[0]:.1f}",
    }
    versions = {name: version(name) for name in PACKAGES}
    return facts | {("redis-py" if name == "redis" else name): v for name, v in versions.items()}


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() in {"model name", "Model"}:
            return value.strip()
    return platform.machine()


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return "an unknown distribution"


def _redis() -> str:
    program = server_program()
    stdout = subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=True
    ).stdout
    words = stdout.split()
    found = next((word for word in words if word.startswith("v=")), "v=?")
    return f"{Path(shutil.which(program) or program).name} {found.removeprefix('v=')}"
