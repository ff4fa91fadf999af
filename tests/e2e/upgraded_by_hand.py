"""An upgrade as somebody writes it by hand: the same order and batches, over ssh, unchecked."""

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

MICROK8S = "/snap/bin/microk8s"
READY_SECONDS = 300


def ssh(lab, host, line):
    """Run a line as root on a host through the ssh of this machine; return its output."""
    row = next(each for each in lab.hosts if each.name == host)
    options = ("BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null")
    words = ["ssh", "-q", "-i", lab.key_file, "-p", str(row.port)]
    words += [word for option in options for word in ("-o", option)]
    done = subprocess.run(
        [*words, f"{row.user}@{row.address}", f"sudo {line}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{host}: {line}: {done.stdout}{done.stderr}"
    return done.stdout


def upgrade_by_hand(lab, members, workers, *, channel, version, batch):
    """Upgrade the members one by one, then the workers in batches."""
    turns = [[host] for host in members]
    turns += [workers[start : start + batch] for start in range(0, len(workers), batch)]
    with ThreadPoolExecutor(batch) as pool:
        for hosts in turns:
            seed = next(host for host in members if host not in hosts)
            _turn(pool, lab, seed, hosts, channel, version)


def _turn(pool, lab, seed, hosts, channel, version):
    for host in hosts:
        ssh(
            lab, seed, f"{MICROK8S} kubectl drain {host} --ignore-daemonsets --delete-emptydir-data"
        )
    refresh = f"snap refresh microk8s --channel={channel}"
    list(pool.map(lambda host: ssh(lab, host, refresh), hosts))
    deadline = time.monotonic() + READY_SECONDS
    while not _are_ready(lab, seed, hosts, version):
        assert time.monotonic() < deadline, f"{hosts} are not Ready"
        time.sleep(1)  # as a script does that asks again and again
    for host in hosts:
        ssh(lab, seed, f"{MICROK8S} kubectl uncordon {host}")


def _are_ready(lab, seed, hosts, version):
    rows = ssh(lab, seed, f"{MICROK8S} kubectl get nodes --no-headers").splitlines()
    found = {row.split()[0]: row.split() for row in rows}
    return all(found[host][1].startswith("Ready") and found[host][-1] == version for host in hosts)
