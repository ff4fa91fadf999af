"""The folder `/snap/microk8s/REVISION`: links to the snap's own files and what stands in for them.

Programs that the snap's scripts name and that its tree lacks, or that do not run on this machine,
are the host's own.
"""

import os
import shutil

from lab.emulator import files, host
from lab.emulator.real_snap import elf
from lab.emulator.real_snap.plan import LIBRARIES, TREE, has_command, plan

PROGRAM_FOLDERS = ("bin", "sbin", "usr/bin", "usr/sbin")
PYTHON_FOLDERS = ("usr/lib/python3", "lib/python3.8", "lib/python3.10", "lib/python3.12")
HOST_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ALIKE = {"gawk": "awk"}
"""Programs that a host may lack, and what does the same for these scripts."""


def build(mount: str, kept: tuple[str, ...]) -> None:
    """Fill the folder; paths in `kept` are there already and stay."""
    for entry in sorted(os.listdir(TREE)):
        if entry not in ("bin", "sbin", "usr", "lib", *kept):
            _link(f"{TREE}/{entry}", f"{mount}/{entry}")
    for folder in PROGRAM_FOLDERS:
        _link_programs(mount, folder, kept)
    _link_libraries(mount)
    if not os.path.isdir(f"{TREE}/etc"):
        # openssl is told to read its settings there.
        _link("/etc/ssl", f"{mount}/etc/ssl")
    for path in plan().get("programs", []):
        _lend(f"{mount}/{path}")
    if plan().get("parts", {}).get("python3"):
        _write_python(f"{mount}/usr/bin/python3")
    for verb in plan().get("commands", {}):
        if not has_command(verb):
            _write_emulated(f"{mount}/microk8s-{verb}.wrapper", verb)


def _link_programs(mount: str, folder: str, kept: tuple[str, ...]) -> None:
    os.makedirs(f"{mount}/{folder}", exist_ok=True)
    source = f"{TREE}/{folder}"
    if not os.path.isdir(source):
        return
    for name in os.listdir(source):
        if f"{folder}/{name}" not in kept and not elf.why_not(f"{source}/{name}"):
            _link(f"{source}/{name}", f"{mount}/{folder}/{name}")


def _link_libraries(mount: str) -> None:
    """Show the snap's libraries where its own programs run, else those of Python alone.

    The host's programs must not load libraries that were built for another system.
    """
    if plan().get("parts", {}).get("programs") == "":
        for folder in ("lib", "usr/lib", "usr/share"):
            if os.path.isdir(f"{TREE}/{folder}"):
                _link(f"{TREE}/{folder}", f"{mount}/{folder}")
        return
    for folder in PYTHON_FOLDERS:
        if os.path.isdir(f"{TREE}/{folder}"):
            _link(f"{TREE}/{folder}", f"{mount}/{folder}")


def _lend(path: str) -> None:
    """Put the host's program of that name where the snap has none."""
    name = os.path.basename(path)
    found = shutil.which(name, path=HOST_PATH)
    found = found or shutil.which(ALIKE.get(name, name), path=HOST_PATH)
    if found and not os.path.lexists(path):
        _link(found, path)


def _write_python(path: str) -> None:
    python = host.this_host().python
    added = f'PYTHONPATH="${{PYTHONPATH:-}}:{LIBRARIES}"'
    files.remove(path)
    files.write(path, f'#!/bin/sh\n{added} PYTHONDONTWRITEBYTECODE=1 exec {python} "$@"\n', 0o755)


def _write_emulated(path: str, verb: str) -> None:
    files.remove(path)
    # Scripts list and stop containers; there are none.
    call = f'exec {host.this_host().python} -I -S /opt/lab/emulator/run.py emulated {verb} "$@"'
    files.write(path, f"#!/bin/sh\n{'exit 0' if verb == 'ctr' else call}\n", 0o755)


def has_program(mount: str, path: str) -> bool:
    return os.path.lexists(f"{mount}/{path}")


def _link(target: str, path: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    files.remove(path)
    os.symlink(target, path)
