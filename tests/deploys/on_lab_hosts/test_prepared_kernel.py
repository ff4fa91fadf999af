"""Kernel settings and modules, judged by what is in force; and undo by what is still ours."""

import pytest
from steps import StepFailed, Steps

from lab import Lab

HOSTS = ["n1"]
ARGS = {"hosts": HOSTS, "roles": {"n1": "control-plane"}}
RAISED = (
    "sysctl -q -w fs.aio-max-nr=1048576 fs.inotify.max_user_instances=1024 "
    "fs.inotify.max_user_watches=1048576"
)
READ_ONLY = (
    "mv /usr/local/bin/sysctl /usr/local/bin/sysctl.real; printf '#!/bin/sh\\n"
    'case "$*" in *=*) echo "sysctl: permission denied on key" >&2; exit 255;; esac\\n'
    'exec sysctl.real "$@"\\n\' >/usr/local/bin/sysctl; chmod +x /usr/local/bin/sysctl'
)
"""From here on nothing can be written, as in a container."""
CONTAINER = "mkdir -p /run/systemd; echo lxc >/run/systemd/container"
SYSCTL_FILE = "/etc/sysctl.d/90-clusterwright.conf"
MODULES_FILE = "/etc/modules-load.d/clusterwright.conf"


def detail(steps: Steps) -> str:
    return str(steps.last["reports"][-1][3])


def instances(lab: Lab) -> str:
    return lab.exec("n1", "sysctl -n fs.inotify.max_user_instances").stdout.strip()


def without_module(lab: Lab, module: str = "vxlan") -> None:
    """Let a module be neither loaded nor built in, nor loadable by whoever needs it."""
    lab.exec("n1", "mount -t tmpfs none /sys/module")
    lab.exec("n1", "mkdir /sys/module/br_netfilter /sys/module/overlay /sys/module/nf_conntrack")
    lab.exec("n1", f"rmdir /sys/module/{module} 2>/dev/null; mount --bind /dev/null /proc/modules")
    lab.exec("n1", "printf '#!/bin/sh\\nexit 1\\n' >/usr/local/bin/ip; chmod +x /usr/local/bin/ip")
    lab.exec("n1", "rm /usr/local/bin/lsmod")


def modprobe(lab: Lab, body: str) -> None:
    lab.exec("n1", f"printf '#!/bin/sh\\n{body}\\n' >/usr/local/bin/modprobe")


def test_values_that_suffice_and_cannot_be_written_are_no_obstacle(lab: Lab, steps: Steps) -> None:
    lab.exec("n1", f"{RAISED}; {READ_ONLY}")

    steps.apply("prepare_hosts", **ARGS)
    steps.undo("prepare_hosts", **ARGS)

    assert lab.exec("n1", f"ls {SYSCTL_FILE} /var/lib/clusterwright").returncode == 2


def test_a_container_is_told_what_to_run_on_the_machine_below(lab: Lab, steps: Steps) -> None:
    lab.exec("n1", f"{RAISED} fs.inotify.max_user_instances=128; {READ_ONLY}; {CONTAINER}")

    with pytest.raises(StepFailed) as caught:
        steps.apply("prepare_hosts", **ARGS)

    assert caught.value.kind == "Permanent"
    assert "it stays 128, and this is a container (lxc)" in caught.value.message
    assert "'sysctl -w fs.inotify.max_user_instances=1024' on the machine" in caught.value.message
    steps.undo("prepare_hosts", **ARGS)


def test_a_value_that_stays_low_on_a_machine_is_told_with_the_cause(lab: Lab, steps: Steps) -> None:
    lab.exec("n1", f"{RAISED} fs.inotify.max_user_instances=128; {READ_ONLY}")

    with pytest.raises(StepFailed, match="it stays 128: sysctl: permission denied"):
        steps.apply("prepare_hosts", **ARGS)


def test_undo_leaves_a_value_that_somebody_else_set_since(lab: Lab, steps: Steps) -> None:
    steps.apply("prepare_hosts", **ARGS)
    lab.exec("n1", "sysctl -q -w fs.inotify.max_user_instances=9999")

    steps.undo("prepare_hosts", **ARGS)

    assert instances(lab) == "9999"
    assert lab.exec("n1", "sysctl -n fs.aio-max-nr").stdout == "65536\n"


@pytest.mark.parametrize("file", [SYSCTL_FILE, MODULES_FILE])
def test_undo_leaves_a_file_that_somebody_else_changed_since(
    lab: Lab, steps: Steps, file: str
) -> None:
    steps.apply("prepare_hosts", **ARGS)
    lab.exec("n1", f"echo '# mine' >>{file}")

    steps.undo("prepare_hosts", **ARGS)

    assert "# mine" in lab.exec("n1", f"cat {file}").stdout
    assert detail(steps) == f"as before; {file} stays: it was changed since"


def test_a_file_that_lowers_a_value_at_boot_is_told(lab: Lab, steps: Steps) -> None:
    lab.exec("n1", "echo 'fs/inotify/max_user_instances=256' >/etc/sysctl.d/95-other.conf")
    lab.exec("n1", "echo 'fs.inotify.max_user_watches = 8192' >/etc/sysctl.d/50-earlier.conf")
    lab.exec("n1", "echo 'fs.aio-max-nr = 9999999' >/etc/sysctl.conf")

    steps.apply("prepare_hosts", **ARGS)

    assert detail(steps) == (
        "prepared; /etc/sysctl.d/95-other.conf sets fs.inotify.max_user_instances to 256 at boot: "
        "raise it to 1024"
    )


def test_modules_that_are_built_in_need_no_modprobe(lab: Lab, steps: Steps) -> None:
    lab.exec("n1", "rm /usr/local/bin/modprobe")
    without_module(lab)
    lab.exec(
        "n1",
        "kernel=$(uname -r); mkdir -p /lib.own/modules/$kernel; ln -s /usr/lib/* /lib.own/; "
        "echo kernel/drivers/net/vxlan/vxlan.ko >/lib.own/modules/$kernel/modules.builtin; "
        "ln -s lib.own /lib.new; mv -T /lib.new /lib",
    )

    steps.apply("prepare_hosts", **ARGS)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (None, "there is no modprobe: install kmod"),
        ("exit 0", "modprobe says nothing and it is not loaded: look for 'install vxlan'"),
        ("echo modprobe: FATAL: Module vxlan not found >&2; exit 1", "for the running kernel"),
    ],
    ids=["no kmod", "forbidden", "no such module"],
)
def test_why_a_module_is_not_there_is_told_apart(
    lab: Lab, steps: Steps, body: str | None, expected: str
) -> None:
    without_module(lab)
    if body is None:
        lab.exec("n1", "rm /usr/local/bin/modprobe")
    else:
        modprobe(lab, body)

    with pytest.raises(StepFailed) as caught:
        steps.apply("prepare_hosts", **ARGS)

    assert caught.value.kind == "Permanent"
    assert "cannot load kernel module vxlan: " in caught.value.message
    assert expected in caught.value.message


def test_a_container_without_a_module_is_sent_to_the_machine_below(lab: Lab, steps: Steps) -> None:
    without_module(lab)
    modprobe(lab, "exit 1")
    lab.exec("n1", CONTAINER)

    with pytest.raises(StepFailed, match="run 'modprobe vxlan' on the machine below"):
        steps.apply("prepare_hosts", **ARGS)


def test_undo_works_on_a_full_disk(lab: Lab, steps: Steps) -> None:
    before = lab.exec("n1", "cat /etc/hosts").stdout
    steps.apply("prepare_hosts", **ARGS)
    lab.fill_disk("n1")

    steps.undo("prepare_hosts", **ARGS)

    lab.free_disk("n1")
    assert lab.exec("n1", "cat /etc/hosts").stdout == before
    assert lab.exec("n1", f"ls {SYSCTL_FILE} {MODULES_FILE} /var/lib/clusterwright").returncode == 2


def test_undo_works_where_the_record_cannot_be_removed(lab: Lab, steps: Steps) -> None:
    before = lab.exec("n1", "cat /etc/hosts").stdout
    steps.apply("prepare_hosts", **ARGS)
    own = "/var/lib/clusterwright"
    lab.exec("n1", f"mount --bind {own} {own}; mount -o remount,bind,ro {own}")

    for _ in range(2):
        steps.undo("prepare_hosts", **ARGS)

    assert lab.exec("n1", "cat /etc/hosts").stdout == before
    assert "prepared stays: it cannot be removed" in detail(steps)
