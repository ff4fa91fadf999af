"""Files of the stack on this machine: data directory, token, SSH keys."""

import os
import shlex
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from cli.doctor.check import Check, Patient, failed, passed, warned
from cli.places import keys_dir
from ssh_keys.key_sites import SUFFIX, UnusableBinding, sites_of
from ssh_keys.private_key import UnusableKey, read_file

GIB = 1024**3
LITTLE_BYTES, TOO_LITTLE_BYTES = 2 * GIB, GIB // 4


def checks(patient: Patient) -> Iterator[Check]:
    """Look at what is there; a remote API's files are on its own machine."""
    if not patient.is_local:
        return
    yield _directory(patient.data_dir)
    yield _space(patient.data_dir)
    if patient.token is None:
        yield _token_file(patient.token_file)
    yield from _keys(keys_dir(patient.data_dir))


def _directory(folder: Path) -> Check:
    name = "data directory"
    if not folder.is_dir():
        return warned(name, f"{folder} is not there", "clusterwright up makes it")
    if not os.access(folder, os.W_OK | os.X_OK):
        mend = f"chown {os.getuid()} {_q(folder)}, or choose another with CLUSTERWRIGHT_DATA"
        return failed(name, f"{folder} cannot be written", mend)
    if _open_to_others(folder):
        return warned(name, f"{folder} is open to others", f"chmod 700 {_q(folder)}")
    return passed(name, f"{folder}, for its owner only")


def _space(folder: Path) -> Check:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    seen = f"{free / GIB:.1f} GiB free"
    mend = f"make room on the disk of {there}, or choose another with CLUSTERWRIGHT_DATA"
    if free < TOO_LITTLE_BYTES:
        return failed("disk space", f"{seen}: Redis stops accepting writes soon", mend)
    return passed("disk space", seen) if free >= LITTLE_BYTES else warned("disk space", seen, mend)


def _token_file(file: Path) -> Check:
    name = "token file"
    if not file.is_file():
        return warned(name, f"{file} is not there", "the API writes it when it first starts")
    if not os.access(file, os.R_OK):
        return failed(name, f"{file} cannot be read", "run this as the user of the stack")
    if _open_to_others(file):
        return failed(name, f"{file} is open to others", f"chmod 600 {_q(file)}")
    return passed(name, f"{file}, mode 600")


def _keys(folder: Path) -> Iterator[Check]:
    name = "keys folder"
    if not folder.is_dir():
        yield warned(name, f"{folder} is not there", "clusterwright up makes it")
        return
    keys = sorted(file for file in folder.iterdir() if file.suffix not in {".pub", SUFFIX})
    if _open_to_others(folder):
        yield failed(name, f"{folder} is open to others", f"chmod 700 {_q(folder)}")
    elif not keys:
        mend = f"install -m 600 ~/.ssh/id_ed25519 {_q(folder / 'default')}"
        yield warned(name, f"{folder} is empty: no host can be reached", mend)
    else:
        yield passed(name, f"{folder} has {len(keys)} key{'' if len(keys) == 1 else 's'}")
    yield from map(_key, keys)


def _key(file: Path) -> Check:
    name = f"key {file.name}"
    if not file.is_file() or not os.access(file, os.R_OK):
        return failed(name, f"{file} cannot be read", "let the user of the Celery worker own it")
    if _open_to_others(file):
        return failed(name, f"{file} is open to others", f"chmod 600 {_q(file)}")
    try:
        kind = read_file(file).kind
    except UnusableKey as error:
        return failed(name, error.seen, error.mend)
    try:
        seen = f"{kind}, mode 600{_bound(sites_of(file))}"
    except UnusableBinding as error:
        mend = f"make it readable for its owner: chmod 600 {_q(file)}{SUFFIX}"
        return failed(name, f"{file}{SUFFIX} cannot be read: {error}", mend)
    if kind != "ssh-ed25519":
        return warned(name, seen, "prefer ed25519: ssh-keygen -t ed25519")
    return passed(name, seen)


def _bound(sites: frozenset[str] | None) -> str:
    if sites is None:
        return ""
    return f"; bound to site {', '.join(sorted(sites))}" if sites else "; bound to no site"


def _open_to_others(path: Path) -> bool:
    return bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))


def _q(path: Path) -> str:
    return shlex.quote(str(path))
