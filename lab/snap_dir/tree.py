"""Reads an unpacked snap, and asks this machine which of its needs can be met."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lab.emulator.real_snap import elf
from lab.errors import CannotStart
from lab.snap_dir import bases, libraries, needs, parts, snap_yaml
from lab.snap_dir.needs import Tree
from lab.snap_dir.parts import NoSnap, Plan

_TEXT_FOLDERS = ("scripts", "actions")
_LONGEST_TEXT = 1_000_000
_PROGRAMS = ("bin", "sbin", "usr/bin", "usr/sbin")
_PYTHON_FOLDERS = (
    "usr/lib/python3/dist-packages",
    "lib/python3.8/site-packages",
    "lib/python3.10/site-packages",
    "lib/python3.12/site-packages",
)
_LACKING = """
import importlib.util, json, sys
sys.path[:0] = json.loads(sys.argv[1])
names = json.loads(sys.argv[2])
print(json.dumps([name for name in names if importlib.util.find_spec(name) is None]))
"""


def look(directory: str, *, dqlite: str, python: str) -> Plan:
    """Decide what of the snap in the directory a lab uses, or say why it is no snap."""
    root = Path(directory).resolve()
    if not root.is_dir():
        raise CannotStart(f"cannot use {directory} as a snap: there is no such directory")
    tree = read(root)
    try:
        parts.check(str(root), tree)
    except NoSnap as error:
        raise CannotStart(str(error)) from error
    # The snap's own Python has what the snap's scripts need.
    wanted = needs.modules(tree) if parts.python_problem(tree) else ()
    missing = lacking(root, python, wanted) if wanted else []
    lent = libraries.lendable(python, missing)
    unmet = [name for name in missing if name not in lent]
    entries = sorted({entry for entries in lent.values() for entry in entries})
    base = bases.find(tree.snap)
    return parts.plan(
        str(root), tree, dqlite=dqlite, missing=unmet, lent=entries, base=str(base or "")
    )


def require_readable(plan: Plan) -> None:
    """Refuse a directory that the lab's user ids, which are not this user's, may not read."""
    root = Path(plan.directory)
    for path in (root, root / "meta", root / parts.DISPATCHER, root / parts.UTILS):
        wanted = 0o005 if path.is_dir() else 0o004
        if path.exists() and path.stat().st_mode & wanted != wanted:
            raise CannotStart(
                f"cannot show {path} to the lab's hosts: their user ids may not read it; "
                f"chmod -R go+rX {root}"
            )


def read(root: Path) -> Tree:
    """Make the picture of the tree that decisions are made from."""
    names = frozenset(_names(root))
    texts = {
        name: (root / name).read_text(errors="replace") for name in names if _is_text(root, name)
    }
    programs = [name for name in names if name.rpartition("/")[0] in _PROGRAMS]
    snap = _snap_yaml(root)
    exists = bases.seen_by_hosts(bases.find(snap))
    broken = {name: why for name in programs if (why := elf.why_not(str(root / name), exists))}
    return Tree(names=names, texts=texts, snap=snap, broken=broken)


def lacking(root: Path, python: str, modules: Iterable[str]) -> list[str]:
    """The modules that neither this machine's Python nor the snap's folders have."""
    folders = json.dumps([str(root / folder) for folder in _PYTHON_FOLDERS])
    command = [python, "-I", "-c", _LACKING, folders, json.dumps(sorted(modules))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"cannot ask {python} for its modules: {done.stderr.strip()}")
    found: list[str] = json.loads(done.stdout)
    return found


def _names(root: Path) -> Iterable[str]:
    """The files at the top and in the folders that decisions depend on."""
    for folder in ("", "meta", "addons/core", *_PROGRAMS):
        with contextlib.suppress(OSError):
            for entry in os.scandir(root / folder):
                if not entry.is_dir():
                    yield f"{folder}/{entry.name}".lstrip("/")
    for folder in _TEXT_FOLDERS:
        for path in (root / folder).rglob("*"):
            if path.is_file():
                yield str(path.relative_to(root))


def _is_text(root: Path, name: str) -> bool:
    first = name.partition("/")[0]
    is_wanted = first in _TEXT_FOLDERS or "/" not in name
    try:
        facts = (root / name).stat()
        return is_wanted and stat.S_ISREG(facts.st_mode) and facts.st_size < _LONGEST_TEXT
    except OSError:
        return False


def _snap_yaml(root: Path) -> dict[str, Any]:
    try:
        return snap_yaml.parse((root / "meta/snap.yaml").read_text(errors="replace"))
    except OSError:
        return {}
