"""Python packages of this environment, lent to the snap's scripts where hosts have none of them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sysconfig
from collections.abc import Iterable
from pathlib import Path

_FOLLOW = """
import importlib, json, os, sys
site, module = sys.argv[1:]
sys.path.append(site)
importlib.import_module(module)
files = [getattr(found, "__file__", None) or "" for found in list(sys.modules.values())]
inside = [os.path.relpath(file, site) for file in files if file.startswith(site + os.sep)]
print(json.dumps(sorted({path.split(os.sep)[0] for path in inside})))
"""


def lendable(python: str, modules: Iterable[str]) -> dict[str, list[str]]:
    """For each module that `python` can import from this environment: the entries it needs."""
    found: dict[str, list[str]] = {}
    for module in modules:
        command = [python, "-I", "-c", _FOLLOW, _site(), module]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found[module] = json.loads(done.stdout)
    return found


def lend(entries: Iterable[str], target: Path) -> None:
    """Copy the entries of this environment's folder of packages into the target."""
    target.mkdir(parents=True, exist_ok=True)
    ignored = shutil.ignore_patterns("__pycache__", "tests")
    for entry in entries:
        source = Path(_site(), entry)
        if source.is_dir():
            shutil.copytree(source, target / entry, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target / entry)


def _site() -> str:
    return sysconfig.get_path("purelib")
