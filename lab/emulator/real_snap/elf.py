"""Whether a program of the snap can run on this machine, read from its first bytes.

A snap's programs ask for the dynamic linker of the snap's base, which only a machine with snapd
has. Nothing is run to find out.
"""

import os
import struct
from collections.abc import Callable

HEAD_BYTES = 4096
MACHINES = {"x86_64": 62, "aarch64": 183, "ppc64le": 21, "s390x": 22, "armv7l": 40}
INTERPRETER = 3


def why_not(path: str, exists: Callable[[str], bool] = os.path.exists) -> str:
    """The reason why the program at `path` cannot run where `exists` tells what there is."""
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not os.access(path, os.X_OK):
        return "is not executable"
    needed = interpreter(head)
    if needed is None:
        return "is no program of this kind of machine"
    return f"needs {needed}" if needed and not exists(needed) else ""


def interpreter(head: bytes) -> str | None:
    """The program that a file needs to run: nothing for a static one, None for no program."""
    if head.startswith(b"#!"):
        words = head[2:].split(b"\n", 1)[0].split()
        return words[0].decode(errors="replace") if words else None
    # Only 64-bit little-endian ELF: all that MicroK8s is built for, s390x apart.
    if not head.startswith(b"\x7fELF\x02\x01") or len(head) < 64:
        return None
    machine = struct.unpack_from("<H", head, 18)[0]
    if machine != MACHINES.get(os.uname().machine):
        return None
    return _dynamic_linker(head)


def _dynamic_linker(head: bytes) -> str:
    offset, size, count = (
        struct.unpack_from("<Q", head, 32)[0],
        *struct.unpack_from("<HH", head, 54),
    )
    for number in range(count):
        at = offset + number * size
        if at + 56 > len(head):
            break
        kind = struct.unpack_from("<I", head, at)[0]
        place = struct.unpack_from("<Q", head, at + 8)[0]
        length = struct.unpack_from("<Q", head, at + 32)[0]
        if kind == INTERPRETER:
            # One that lies beyond what was read was put there by patchelf: it names the base.
            text = head[place : place + length].rstrip(b"\0").decode(errors="replace")
            return text or "the dynamic linker of the snap's base"
    return ""
