"""What a host is: how it is reached, its name, its system and its hardware."""

from cluster.catalogue.entry import Entry
from cluster.findings import Severity

MACHINES = (
    Entry(
        "unreachable timeout authentication-failed host-key-changed not-surveyed",
        Severity.REFUSE,
        "the host could not be asked; `not-surveyed` often means that a login shell or its "
        "start files swallow the command",
    ),
    Entry(
        "no-sudo root-without-sudo",
        Severity.REFUSE,
        "the user may not become root, or root may not use sudo, which MicroK8s' own commands "
        "do: add `root ALL=(ALL:ALL) ALL`",
    ),
    Entry(
        "no-snapd snapd-not-running snapd-too-old",
        Severity.REFUSE,
        "snapd is missing, does not answer (`snapd unavailable`), or cannot hold a snap's version",
    ),
    Entry(
        "channel-not-in-store",
        Severity.REFUSE,
        "the store answered, and does not have the channel; a store that does not answer "
        "refuses nothing",
        acceptable=True,
    ),
    Entry(
        "host-name-invalid host-name-duplicate host-name-differs",
        Severity.REFUSE,
        "what a host calls itself (`uname -n`) cannot be a node's name, is another host's, or "
        "is neither its name in the inventory nor that name with a domain: rename the host "
        "before MicroK8s is installed, or name it so in the inventory",
    ),
    Entry(
        "host-name-unstable name-resolves-wrongly cloud-init-hosts",
        Severity.WARN,
        "a name will change at the next boot, leads elsewhere, or cloud-init writes "
        "`/etc/hosts` anew at every boot (preparing the hosts writes its template too)",
    ),
    Entry(
        "machine-id-duplicate", Severity.REFUSE, "hosts are copies of each other", acceptable=True
    ),
    Entry(
        "product-uuid-duplicate os-differs",
        Severity.WARN,
        "hosts may be copies, or run different systems",
    ),
    Entry("architecture-differs", Severity.INFO, "images must exist for all architectures"),
    Entry(
        "cpus-too-small memory-too-small disk-too-small disk-full inodes-full",
        Severity.REFUSE,
        "the hardware is below the least of the environment's policy, or the disk takes no more",
        acceptable=True,
    ),
    Entry(
        "cpus-small memory-small disk-small disk-nearly-full disk-rotational inodes-nearly-full "
        "link-slow",
        Severity.WARN,
        "less than recommended",
    ),
    Entry(
        "memory-cgroup-off",
        Severity.REFUSE,
        "the kubelet does not start; on a Raspberry Pi the kernel's command line lacks "
        "`cgroup_enable=memory`",
        acceptable=True,
    ),
    Entry(
        "container",
        Severity.WARN,
        "the host is a container, and what it lacks (`/dev/kmsg`, AppArmor); kernel settings "
        "belong to the machine below",
    ),
    Entry(
        "no-kmod",
        Severity.REFUSE,
        "there is no `modprobe`, and modules are not loaded; a warning where they are",
        acceptable=True,
    ),
    Entry("clock-skew", Severity.REFUSE, "clocks differ by a second or more"),
    Entry("no-time-sync", Severity.WARN, "the clock is not synchronised"),
)
