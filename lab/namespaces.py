"""The Linux calls for namespaces and mounts that Python 3.11 does not offer."""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
from collections.abc import Iterator

NEWTIME = 0x00000080
NEWNS = 0x00020000
NEWUTS = 0x04000000
NEWIPC = 0x08000000
NEWUSER = 0x10000000
NEWPID = 0x20000000
NEWNET = 0x40000000

_RDONLY = 1
_REMOUNT = 32
_BIND = 4096
_REC = 16384
_PRIVATE = 1 << 18
_RELATIME = 1 << 21
_DETACH = 2
_SET_DUMPABLE = 4
_OWN_NETWORK = "/proc/thread-self/ns/net"

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_ulong,
    ctypes.c_char_p,
)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot {what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Move the calling process (children only, for pid and time) to new namespaces."""
    _check(_libc.unshare(flags), f"unshare namespaces {flags:#x}")


def new_network() -> int:
    """Make a network namespace without entering it; it lives as long as the descriptor."""
    own = os.open(_OWN_NETWORK, os.O_RDONLY)
    try:
        unshare(NEWNET)
        made = os.open(_OWN_NETWORK, os.O_RDONLY)
        _check(_libc.setns(own, NEWNET), "return to the network namespace")
    finally:
        os.close(own)
    return made


@contextlib.contextmanager
def in_network(network: int) -> Iterator[None]:
    """Let the calling thread, and the programs that it starts, be in a network namespace."""
    own = os.open(_OWN_NETWORK, os.O_RDONLY)
    try:
        _check(_libc.setns(network, NEWNET), "enter a network namespace")
        try:
            yield
        finally:
            _check(_libc.setns(own, NEWNET), "return to the network namespace")
    finally:
        os.close(own)


def stay_inspectable() -> None:
    """Keep /proc/self writable for its owner after a change of user id."""
    _check(_libc.prctl(_SET_DUMPABLE, 1, 0, 0, 0), "set the dumpable flag")


def mount(source: str, target: str, kind: str, options: str = "") -> None:
    """Mount a new file system."""
    result = _libc.mount(source.encode(), target.encode(), kind.encode(), 0, options.encode())
    _check(result, f"mount {kind} on {target}")


def remount(target: str, options: str) -> None:
    """Change the options of a mounted file system."""
    result = _libc.mount(None, target.encode(), None, _REMOUNT, options.encode())
    _check(result, f"remount {target} with {options}")


def bind(source: str, target: str) -> None:
    """Show a file or a directory, with all that is mounted below it, at a second place."""
    result = _libc.mount(source.encode(), target.encode(), None, _BIND | _REC, None)
    _check(result, f"bind {source} to {target}")


def bind_read_only(source: str, target: str) -> None:
    """Show a directory at a second place where it cannot be written."""
    bind(source, target)
    # Flags inherited from a more privileged namespace are locked: they have to be repeated.
    now = os.statvfs(target).f_flag
    kept = now & (os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC | os.ST_NOATIME)
    if now & os.ST_RELATIME:
        kept |= _RELATIME
    flags = _BIND | _REMOUNT | _RDONLY | kept
    result = _libc.mount(None, target.encode(), None, flags, None)
    _check(result, f"make {target} read-only")


def make_private() -> None:
    """Keep every later mount and unmount inside this mount namespace."""
    _check(_libc.mount(None, b"/", None, _REC | _PRIVATE, None), "make mounts private")


def unmount(target: str) -> None:
    """Detach a mount at once; it ends when its last user has gone."""
    _check(_libc.umount2(target.encode(), _DETACH), f"unmount {target}")


def enter_root(root: str) -> None:
    """Make ``root`` the root of this mount namespace and forget the old one."""
    old = f"{root}/.old"
    os.makedirs(old, exist_ok=True)
    _check(_libc.pivot_root(root.encode(), old.encode()), f"pivot to {root}")
    os.chdir("/")
    unmount("/.old")
    os.rmdir("/.old")


def is_directory(path: str) -> bool:
    """Whether a path is a directory itself rather than a link to one."""
    return os.path.lexists(path) and stat.S_ISDIR(os.lstat(path).st_mode)


class _Unspecified(ctypes.Structure):
    """A socket address without a family, which makes connect() undo an earlier connect()."""

    _fields_ = (("family", ctypes.c_ushort), ("padding", ctypes.c_char * 14))


def disconnect(fd: int) -> None:
    """Break a TCP connection in such a way that its socket can connect again."""
    address = _Unspecified(0, b"")
    _check(_libc.connect(fd, ctypes.byref(address), ctypes.sizeof(address)), "disconnect")
