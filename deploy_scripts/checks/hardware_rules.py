"""What preflight has to say about a host's processors, memory and disk. Pure."""

from collections.abc import Iterator

from cluster.findings import Finding
from deploy_scripts.checks.host_facts import HostFacts
from deploy_scripts.checks.policy import GIB, Limit, Policy
from deploy_scripts.checks.verdicts import refuse, warn

EVICTION_BYTES = 4 * GIB
"""Images need about 3 GiB, and the kubelet evicts pods below 1 GiB."""

LEAST_INODES = 50_000
"""MicroK8s, its images and its first pods are about as many files."""


def judge_hardware(name: str, facts: HostFacts, policy: Policy) -> Iterator[Finding]:
    """Yield what falls short of the policy."""
    yield from _amount(name, "cpus", "CPU cores", facts.cpus, policy.cpus, 1)
    yield from _amount(name, "memory", "GiB of memory", facts.memory, policy.memory, GIB)
    yield from _amount(name, "disk", "GiB of disk", facts.disk_size, policy.disk, GIB)
    free = facts.disk_available
    if free is not None and free < EVICTION_BYTES:
        yield refuse(
            name,
            "disk-full",
            f"{name} has {_in(free, GIB)} GiB free below /var/snap, and images need 4",
            f"free some space on {name}",
            acceptable=True,
            measured=free,
            needed=EVICTION_BYTES,
        )
    elif free is not None and facts.disk_size and free < facts.disk_size // 5:
        percent = 100 * free // facts.disk_size
        yield warn(
            name,
            "disk-nearly-full",
            f"{name} has {percent} % of its disk free below /var/snap",
            "keep 20 % free, or pods are evicted",
            measured=free,
            needed=facts.disk_size // 5,
        )
    yield from _inodes(name, facts.inodes, facts.inodes_free)
    if facts.rotational:
        yield warn(
            name,
            "disk-rotational",
            f"{name} keeps /var/snap on a rotating disk, and the datastore waits for each write",
            "use a solid-state disk",
        )


def _inodes(name: str, all_of_them: int | None, free: int | None) -> Iterator[Finding]:
    """A disk may have room and still take no further file."""
    if free is None or not all_of_them:
        return
    if free < LEAST_INODES:
        yield refuse(
            name,
            "inodes-full",
            f"{name} has {free} free inodes below /var/snap, and MicroK8s needs {LEAST_INODES}",
            f"remove files that nobody needs on {name}; df -i shows where",
            acceptable=True,
            measured=free,
            needed=LEAST_INODES,
        )
    elif free < all_of_them // 10:
        yield warn(
            name,
            "inodes-nearly-full",
            f"{name} has {100 * free // all_of_them} % of its inodes free below /var/snap",
            "keep 10 % free, or no file can be made although there is room",
            measured=free,
            needed=all_of_them // 10,
        )


def _amount(
    name: str, what: str, unit: str, found: int | None, limit: Limit, divisor: int
) -> Iterator[Finding]:
    if found is None or found >= limit.wanted:
        return
    low = found < limit.least
    needed = limit.least if low else limit.wanted
    message = f"{name} has {_in(found, divisor)} {unit}; {_in(needed, divisor)} are "
    say = refuse if low else warn
    yield say(
        name,
        f"{what}-too-small" if low else f"{what}-small",
        message + ("needed" if low else "recommended"),
        "use a larger host" + (", or a policy that asks for less" if low else ""),
        acceptable=low,
        measured=found,
        needed=needed,
    )


def _in(amount: int, divisor: int) -> str:
    return f"{amount / divisor:.1f}".removesuffix(".0")
