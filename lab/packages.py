"""The package list of a host: the machine's essential packages, for dpkg to show."""

from __future__ import annotations

from pathlib import Path

_STATUS = Path("/var/lib/dpkg/status")
_PRIORITIES = ("Priority: required", "Priority: important")
_ALSO = ("openssh-server", "iproute2", "python3", "procps", "ca-certificates")


def write_package_list(root: Path) -> None:
    """Write a small dpkg database; a machine without dpkg gives hosts without one."""
    if not _STATUS.exists():
        return
    dpkg = root / "var" / "lib" / "dpkg"
    for directory in ("info", "updates", "triggers"):
        (dpkg / directory).mkdir(parents=True, exist_ok=True)
    stanzas = _STATUS.read_text(errors="replace").split("\n\n")
    kept = [stanza.strip("\n") for stanza in stanzas if _is_kept(stanza)]
    (dpkg / "status").write_text("".join(f"{stanza}\n\n" for stanza in kept))
    (dpkg / "available").write_text("")


def _is_kept(stanza: str) -> bool:
    name = stanza.lstrip("\n").partition("\n")[0].removeprefix("Package: ")
    return name in _ALSO or any(f"\n{priority}\n" in stanza for priority in _PRIORITIES)
