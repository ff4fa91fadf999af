"""What the wrappers and scripts of a snap need: scripts, modules and programs, read from texts."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

WRAPPER = re.compile(r"microk8s-([a-z0-9-]+)\.wrapper")
_SCRIPT = re.compile(r"/(scripts/[\w/.-]+\.py)")
_PROGRAM = re.compile(r"(?:\}|\$SNAP)/((?:usr/)?s?bin/[\w.+-]+)")
_IMPORT = re.compile(r"^\s*(?:import|from)\s+([\w.]+)", re.MULTILINE)
_WITH_PARTS_OF_THEIR_OWN = (
    "bin/cluster-agent",
    "bin/dqlite",
    "usr/bin/python3",
    "usr/bin/snapctl",
)


@dataclasses.dataclass(frozen=True, slots=True)
class Tree:
    """A picture of a directory: what matters of it."""

    names: frozenset[str]
    """The files of it, by their paths; all that scripts, wrappers and programs are found by."""
    texts: Mapping[str, str]
    """The wrappers, actions and scripts."""
    snap: Mapping[str, Any]
    """What meta/snap.yaml says; empty without one."""
    broken: Mapping[str, str]
    """Programs that cannot run on this machine, with the reason."""


def modules(tree: Tree) -> frozenset[str]:
    """The modules that the snap's scripts import and that are not files beside them."""
    found: set[str] = set()
    for path in _scripts(tree):
        found |= imports(tree, path)
    return frozenset(found)


def programs(tree: Tree) -> tuple[str, ...]:
    """The programs inside the snap that its scripts call, and its tree lacks or cannot run."""
    named = {path for text in tree.texts.values() for path in _PROGRAM.findall(text)}
    usable = tree.names - set(tree.broken)
    return tuple(
        sorted(
            path for path in named if path not in usable and path not in _WITH_PARTS_OF_THEIR_OWN
        )
    )


def scripts_of(tree: Tree, verb: str) -> list[str]:
    """The scripts that a command's wrapper starts."""
    return _SCRIPT.findall(tree.texts.get(f"microk8s-{verb}.wrapper", ""))


def imports(tree: Tree, script: str) -> set[str]:
    """The modules from elsewhere that a script needs, with those of the modules beside it."""
    folder = script.rpartition("/")[0]
    found: set[str] = set()
    queue, seen = [script], set()
    while queue:
        path = queue.pop()
        seen.add(path)
        for module in _IMPORT.findall(tree.texts.get(path, "")):
            beside = _beside(tree, folder, module)
            queue += [file for file in beside if file not in seen]
            found |= set() if beside else {module.partition(".")[0]}
    return found


def _scripts(tree: Tree) -> list[str]:
    wrappers = [text for name, text in tree.texts.items() if WRAPPER.fullmatch(name)]
    named = {path for text in wrappers for path in _SCRIPT.findall(text)}
    return sorted(named & set(tree.texts))


def _beside(tree: Tree, folder: str, module: str) -> list[str]:
    stem = f"{folder}/{module.replace('.', '/')}"
    return [path for path in (f"{stem}.py", f"{stem}/__init__.py") if path in tree.names]
