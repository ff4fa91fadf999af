"""`microk8s dbctl backup` and `restore`."""

import io
import json
import os
import tarfile
import time
from typing import Any

from lab.emulator import api, faults, host, journal, locks, objects, paths, terminal
from lab.emulator.commands import microk8s

USAGE = "usage: microk8s dbctl [-h] [--debug] {restore,backup} ..."
NOT_READY = "Please ensure the kubernetes apiserver is running and HA is enabled."
SUFFIX = ".tar.gz"
# Kinds of stored object, as the key prefixes of the registry.
MINIONS, ADDONS, APPLIED = "/registry/minions/", "/registry/addons/", "/registry/applied/"
# What a fresh cluster's registry holds besides, so that a backup has a plausible size.
SYSTEM_KEYS = tuple(f"/registry/system/default-{number}" for number in range(60))


def run(_verb: str, words: list[str]) -> None:
    microk8s.require_permission()
    microk8s.refuse_worker_in_two_lines()
    rest = [word for word in words if word != "--debug"]
    if not rest or rest[0] in ("-h", "--help"):
        terminal.leave_with(0, USAGE)
    if not os.path.exists(paths.KINE_SOCKET) or not locks.exists("ha-cluster"):
        terminal.leave_with(10, NOT_READY)
    if rest[0] == "backup":
        _backup(rest[1:])
    elif rest[0] == "restore" and len(rest) == 2:
        _restore(rest[1])
    else:
        terminal.fail(f"{USAGE}\nmicrok8s dbctl: error: invalid choice: '{' '.join(rest)}'", 2)


def _cluster(step: str, status: int) -> str:
    try:
        return api.require()
    except (api.Down, api.NoQuorum) as error:
        terminal.leave_with(status, f"{step} process failed. {error}")


def _backup(words: list[str]) -> None:
    given = words[1] if len(words) == 2 and words[0] in ("-o", "--output") else ""
    given = given or "".join(w.partition("=")[2] for w in words if w.startswith("--output="))
    path = given or time.strftime("backup-%Y-%m-%d-%H-%M-%S")
    path = path if path.endswith(SUFFIX) else path + SUFFIX
    terminal.out("Backing up the datastore")
    cluster = _cluster("Backup", 1)
    host.work("backup")
    pairs = [] if faults.has("empty-backup") else _registry(objects.read(cluster))
    try:
        _write_archive(path, pairs)
    except OSError as error:
        terminal.leave_with(2, f"Backup process failed. {error}")
    journal.effect("backup", path=path, entries=len(pairs))
    terminal.out(f"The backup is: {path}")


def _registry(value: dict[str, Any]) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = [(key, {"kind": "System"}) for key in SYSTEM_KEYS]
    pairs += [(MINIONS + name, node) for name, node in value["nodes"].items()]
    pairs += [(ADDONS + n, value["addon_arguments"].get(n, "")) for n in value["addons"]]
    for item in value["applied"]:
        metadata = item["metadata"]
        place = f"{item['kind']}/{metadata.get('namespace', 'default')}/{metadata['name']}"
        pairs.append((APPLIED + place, item))
    return pairs


def _folder(path: str) -> str:
    """The archive's inner folder, which restore derives from the file's name."""
    return os.path.basename(path).removesuffix(SUFFIX)


def _write_archive(path: str, pairs: list[tuple[str, Any]]) -> None:
    folder = _folder(path)
    with tarfile.open(path, "w:gz") as archive:
        directory = tarfile.TarInfo(folder)
        directory.type, directory.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(directory)
        for number, (key, data) in enumerate(pairs):
            contents = {"key": key.encode(), "data": json.dumps(data).encode()}
            for suffix, content in contents.items():
                entry = tarfile.TarInfo(f"{folder}/{number}.{suffix}")
                entry.size, entry.mtime = len(content), int(time.time())
                archive.addfile(entry, io.BytesIO(content))


def _restore(path: str) -> None:
    terminal.out(f"Restoring from {path}")
    cluster = _cluster("Restore", 3)
    try:
        pairs = _read_archive(path)
    except (OSError, tarfile.TarError) as error:
        terminal.leave_with(4, f"Restore process failed. {error}")
    if faults.has("restores-nothing"):
        pairs = []
    host.work("backup")
    with objects.edited(cluster) as value:
        for key, data in pairs:
            _put(value, key, data)
    journal.effect("restore", entries=len(pairs))


def _read_archive(path: str) -> list[tuple[str, Any]]:
    """The archive's pairs; none when the file was renamed, as the inner folder is not found."""
    folder = _folder(path)
    pairs: list[tuple[str, Any]] = []
    with tarfile.open(path, "r:gz") as archive:
        names = archive.getnames()
        number = 0
        while f"{folder}/{number}.key" in names:
            texts = [archive.extractfile(f"{folder}/{number}.{kind}") for kind in ("key", "data")]
            key, data = (file.read().decode() if file else "" for file in texts)
            pairs.append((key, json.loads(data)))
            number += 1
    return pairs


def _put(value: dict[str, Any], key: str, data: Any) -> None:
    """Put one key over what runs: newer keys stay, as nothing is ever deleted."""
    if key.startswith(MINIONS):
        value["nodes"][key.removeprefix(MINIONS)] = data
    elif key.startswith(ADDONS):
        name = key.removeprefix(ADDONS)
        value["addon_arguments"][name] = data
        if name not in value["addons"]:
            value["addons"].append(name)
    elif key.startswith(APPLIED) and data not in value["applied"]:
        value["applied"].append(data)
