"""What preflight has to say about a host's system: what MicroK8s takes for granted. Pure."""

from collections.abc import Iterator

from cluster.findings import Finding
from deploy_scripts.checks.host_facts import HostFacts
from deploy_scripts.checks.verdicts import refuse, warn
from deploy_scripts.preparation.kernel_settings import MODULES

REWRITES = frozenset({"true", "yes", "on", "template"})
"""What makes cloud-init write the whole of /etc/hosts; with ``localhost`` it keeps the rest."""


def judge_system(name: str, facts: HostFacts) -> Iterator[Finding]:
    """Yield what is off, missing, or will undo what is prepared."""
    if facts.memory_cgroup is False:
        yield refuse(
            name,
            "memory-cgroup-off",
            f"{name} has its memory cgroup switched off, and the kubelet does not start without it",
            f"add cgroup_enable=memory cgroup_memory=1 to the kernel's command line on {name} (on "
            "a Raspberry Pi: /boot/firmware/cmdline.txt), then reboot",
            acceptable=True,
        )
    if facts.container:
        without = f", without {' and '.join(facts.lacks)}" if facts.lacks else ""
        yield warn(
            name,
            "container",
            f"{name} is a container ({facts.container}){without}",
            "give it what MicroK8s needs (for LXD: MicroK8s' own profile, which adds /dev/kmsg); "
            "kernel settings and modules are set on the machine below",
            measured=facts.container,
        )
    if facts.modprobe is False:
        yield _without_modprobe(name, facts)
    if facts.manage_etc_hosts in REWRITES:
        yield warn(
            name,
            "cloud-init-hosts",
            f"cloud-init writes /etc/hosts of {name} anew at every boot (manage_etc_hosts: "
            f"{facts.manage_etc_hosts})",
            "preparing the hosts also writes the template, so that the nodes' names stay; or set "
            f"manage_etc_hosts: false in /etc/cloud/cloud.cfg.d on {name}",
            measured=facts.manage_etc_hosts,
        )


def _without_modprobe(name: str, facts: HostFacts) -> Finding:
    missing = [module for module in MODULES if module not in facts.modules]
    message = f"{name} has no modprobe (of the package kmod)"
    advice = f"install it on {name}: apt-get install kmod"
    if not missing:
        return warn(name, "no-kmod", f"{message}; the kernel modules are loaded already", advice)
    return refuse(
        name,
        "no-kmod",
        f"{message}, and these kernel modules are not loaded: {', '.join(missing)}",
        advice,
        acceptable=True,
        measured=missing,
    )
