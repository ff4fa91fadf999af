"""The hardware that a host claims to have, as texts for /proc and /sys."""

from __future__ import annotations

from pathlib import Path

CONTROLLERS = "cpuset cpu io memory pids\n"
"""What a unified hierarchy of control groups offers."""

_KIB_PER_GIB = 1024 * 1024
_USED_KIB = 400 * 1024


def meminfo(memory_gib: int) -> str:
    """A /proc/meminfo of a machine with that much memory, mostly free, without swap."""
    total = memory_gib * _KIB_PER_GIB
    available = total - _USED_KIB
    rows = {
        "MemTotal": total,
        "MemFree": available - 100 * 1024,
        "MemAvailable": available,
        "Buffers": 20 * 1024,
        "Cached": 80 * 1024,
        "SwapCached": 0,
        "Active": 200 * 1024,
        "Inactive": 100 * 1024,
        "SwapTotal": 0,
        "SwapFree": 0,
        "Dirty": 0,
        "Shmem": 1024,
        "Slab": 40 * 1024,
        "SReclaimable": 20 * 1024,
        "SUnreclaim": 20 * 1024,
    }
    return "".join(f"{name + ':':<15}{kib:>9} kB\n" for name, kib in rows.items())


def cpuinfo(cpus: int) -> str:
    """The machine's /proc/cpuinfo with its first processor repeated."""
    first = Path("/proc/cpuinfo").read_text(errors="replace").split("\n\n")[0]
    _, _, rest = first.partition("\n")
    return "".join(f"processor\t: {number}\n{rest}\n\n" for number in range(cpus))


def cgroups() -> str:
    """A /proc/cgroups of a kernel that has all controllers, and none of them switched off."""
    names = ("cpuset", "cpu", "cpuacct", "blkio", "memory", "devices", "freezer", "pids")
    rows = "".join(f"{name}\t0\t64\t1\n" for name in names)
    return f"#subsys_name\thierarchy\tnum_cgroups\tenabled\n{rows}"


def cpus_online(cpus: int) -> str:
    """What /sys/devices/system/cpu/online says, which is where the C library counts."""
    return f"0-{cpus - 1}\n" if cpus > 1 else "0\n"
