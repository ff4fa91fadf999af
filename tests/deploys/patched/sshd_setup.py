"""Sets up the sshd of lab hosts, and waits for what commands leave on them."""

import time

import gevent
import pytest

CONFIG = "/etc/ssh/sshd_config"
LIVING = "/run/sshd.pid"


def configure(lab, *lines, host="n1"):
    """Give a host's sshd these settings in place of those it has, and have it read them."""
    if lab.capabilities["ssh"] != "sshd":
        pytest.skip("this lab has no sshd to set up")
    text = "\n".join(lines)
    names = "|".join({line.split()[0] for line in lines} - {"HostKey"}) or "-"
    script = f"""
        {{ echo '{text}'; grep -vE '^({names}) ' {CONFIG}; }} > /tmp/new &&
        cat /tmp/new > {CONFIG} &&
        main=$(cat {LIVING}) && rm -f {LIVING} && kill -HUP $main"""
    assert lab.exec(host, script).returncode == 0
    deadline = time.monotonic() + 10
    while lab.exec(host, f"ls {LIVING}").returncode != 0:  # written once it listens again
        assert time.monotonic() < deadline
        gevent.sleep(0.02)


def host_key(lab, kind, host="n1"):
    """Give a host another host key beside its own, and return it as it would be pinned."""
    path = f"/etc/ssh/ssh_host_{kind}_key"
    lab.exec(host, f"ssh-keygen -qt {kind} -N '' -f {path}")
    configure(lab, f"HostKey {path}", host=host)
    return " ".join(lab.exec(host, f"cat {path}.pub").stdout.split()[:2])


def await_file(lab, host, path):
    """Wait until a file is on a host, which a command makes when it begins."""
    deadline = time.monotonic() + 20
    while lab.exec(host, f"ls {path}").returncode != 0:
        assert time.monotonic() < deadline
        gevent.sleep(0.05)
