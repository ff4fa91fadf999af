"""An archive of the datastore on a control plane node: made, told of, handed over, removed.

It holds every secret of the cluster, so its folder and file are root's alone, and what is handed
over in pieces is masked wherever else it would be shown.
"""

import re
import shlex
from base64 import b64decode
from binascii import Error
from collections.abc import Sequence
from typing import Any

from pyinfra.api import FactBase, deploy

from deploy_scripts.backups.archive import SUFFIX
from deploy_scripts.fleet.marks import OWN
from deploy_scripts.fleet.redaction import PIECE
from deploy_scripts.fleet.shell import remote_script, root_script
from deploy_scripts.microk8s.facts import MICROK8S

FOLDER = f"{OWN}/backups"
BACKUP_SECONDS = 600
"""For a large datastore; up to some versions it waits for ever where a service is down."""
LOOK_SECONDS = 120
PIECE_BYTES = 3 * 1024 * 1024
"""Handed over at once: well below what is kept of a command's output once it is text."""
LINE_SIGNS = 65_532
MOST_BYTES = 16 * 1024**3
SHOWN = "microk8s dbctl backup"

# What a job left that never went on is removed a day later: it holds secrets.
MAKE = f"""
umask 077
find {FOLDER} -mindepth 1 -maxdepth 1 -mmin +1440 -exec rm -rf {{}} + 2>/dev/null
mkdir -p {FOLDER} && rm -rf "{FOLDER}/$name" && mkdir "{FOLDER}/$name" && cd "{FOLDER}/$name" || {{
  echo 'cannot back up the datastore: {OWN} takes no folder; is the disk full?' >&2; exit 1; }}
printed=$(timeout -k 5 {BACKUP_SECONDS} {MICROK8S} dbctl backup -o "$PWD/$name{SUFFIX}" \\
  2>&1 </dev/null)
rc=$?
if [ $rc -ne 0 ] || [ ! -s "$name{SUFFIX}" ]; then
  last=$(printf '%s\\n' "$printed" | grep '[^[:space:]]' | tail -n 1 | cut -c1-300)
  echo "cannot back up the datastore: dbctl ended with exit code $rc and said last: $last" >&2
  exit 1
fi
chmod 600 "$name{SUFFIX}"
"""


def _file(backup: str) -> str:
    """Return the archive's place: in a folder of its own, since two backups may run at once."""
    return shlex.quote(f"{FOLDER}/{backup}/{backup}{SUFFIX}")


@deploy("Back up the datastore")
def make(backup: str) -> None:
    """Have MicroK8s write the archive; what is in it is counted elsewhere."""
    remote_script(
        name="Back up the datastore",
        script=f"name={shlex.quote(backup)}\n{MAKE}",
        timeout=BACKUP_SECONDS + 20,
        shows=SHOWN,
    )


@deploy("Remove the archive")
def remove(backup: str) -> None:
    """Leave nothing of a backup on the host."""
    remote_script(
        name="Remove the archive",
        script=f"rm -rf {FOLDER}/{shlex.quote(backup)} && {{ rmdir {FOLDER} 2>/dev/null; true; }}",
        timeout=LOOK_SECONDS,
        shows=f"rm -rf {FOLDER}/{shlex.quote(backup)}",
    )


@deploy("Hand the archive over")
def receive(backup: str, text: str, is_first: bool) -> None:
    """Put the next piece of an archive on the host; ``text`` is Base64, for standard input."""
    file = _file(backup)
    folder = f"{FOLDER}/{shlex.quote(backup)}"
    head = f"rm -rf {folder}; mkdir -p {folder} &&" if is_first else ""
    remote_script(
        name="Hand the archive over",
        script=f"umask 077; {head} base64 -d >>{file} || {{\n"
        f"echo 'cannot write {FOLDER}: is the disk full?' >&2; exit 1; }}",
        timeout=LOOK_SECONDS,
        stdin=text,
        shows=f"base64 -d >>{file}",
    )


@deploy("Restore the datastore")
def restore(backup: str) -> None:
    """Have MicroK8s put each object of the archive; what it did is read elsewhere."""
    file = _file(backup)
    remote_script(
        name="Restore the datastore",
        script=f"timeout -k 5 {BACKUP_SECONDS} {MICROK8S} dbctl restore {file} 2>&1 </dev/null",
        timeout=BACKUP_SECONDS + 20,
        may_be_ended=False,
        shows="microk8s dbctl restore",
    )


@deploy("Remove nodes that are no more")
def forget_nodes(names: Sequence[str]) -> None:
    """Remove Node objects that a backup brought back."""
    words = " ".join(map(shlex.quote, names))
    remote_script(
        name="Remove nodes that are no more",
        script=f"timeout -k 5 60 {MICROK8S} kubectl delete node --ignore-not-found {words}",
        timeout=LOOK_SECONDS,
    )


class ArchiveFile(FactBase[dict[str, Any]]):
    """The size and the SHA-256 of the archive on the host."""

    def command(self, backup: str) -> str:
        file = _file(backup)
        script = f'size=$(stat -c %s {file}) && sum=$(sha256sum <{file}) && echo "$size $sum"'
        return root_script(script, timeout=LOOK_SECONDS, shows=f"sha256sum {file}")

    def process(self, output: Any) -> dict[str, Any]:
        return parse_file(list(output))


class ArchivePiece(FactBase[bytes]):
    """One piece of the archive."""

    def command(self, backup: str, number: int) -> str:
        file = _file(backup)
        script = (
            f"dd if={file} bs={PIECE_BYTES} skip={int(number)} count=1 2>/dev/null | "
            f"base64 -w {LINE_SIGNS} | sed 's/^/{PIECE}/'\necho ends"
        )
        return root_script(script, timeout=LOOK_SECONDS, shows=f"dd if={file}")

    def process(self, output: Any) -> bytes:
        return parse_piece(list(output))


_FILE = re.compile(r"([0-9]{1,12}) ([0-9a-f]{64})(?: .*)?", re.ASCII)


def parse_file(lines: Sequence[str]) -> dict[str, Any]:
    """Read size and digest; raises ``ValueError`` for what is neither, or too large to keep."""
    found = _FILE.fullmatch(lines[0]) if len(lines) == 1 else None
    if found is None:
        raise ValueError(f"{' '.join(lines)[:60]!r} is no size with a SHA-256")
    if int(found[1]) > MOST_BYTES:
        raise ValueError(f"an archive of {found[1]} bytes is more than {MOST_BYTES}")
    return {"bytes": int(found[1]), "sha256": found[2]}


def parse_piece(lines: Sequence[str]) -> bytes:
    """Return what a piece's lines stand for; the errors quote none of it.

    Raises ``ValueError``.
    """
    if not lines or lines[-1] != "ends":
        raise ValueError("a piece of the archive has no end")
    if not all(line.startswith(PIECE) for line in lines[:-1]):
        raise ValueError("a line of the answer is no piece of the archive")
    text = "".join(line.removeprefix(PIECE) for line in lines[:-1])
    try:
        piece = b64decode(text, validate=True)
    except Error:
        raise ValueError("a piece of the archive is not Base64") from None
    if len(piece) > PIECE_BYTES:
        raise ValueError(f"a piece of the archive has {len(piece)} bytes, not {PIECE_BYTES}")
    return piece
