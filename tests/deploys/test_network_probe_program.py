"""The program with which hosts measure each other, beside a host that floods its neighbours."""

import json
import socket
import subprocess
import sys
import threading
from contextlib import suppress

from deploy_scripts.checks.probe_network import PROGRAM, Probe, parse

TCP, UDP = 25771, 25772
PORTS = (f"{TCP}/tcp", f"{UDP}/udp")
HOSTS = {
    "n1": {"address": "127.0.83.1", "listen": PORTS},
    "n2": {"address": "127.0.83.2", "listen": PORTS},
}
MEGABYTES = b"x" * 8 * 1024 * 1024
MEASURED = (
    "import runpy, sys; runpy.run_path(sys.argv.pop(1), run_name='__main__'); "
    "sys.stderr.write(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
)
"""Runs a program, and tells on standard error how much memory it had at most, in KiB."""


def start(name: str) -> subprocess.Popen[str]:
    """Start the program as one of the hosts: it takes itself for the first whose address it has."""
    hosts = {name: HOSTS[name], **HOSTS}
    return subprocess.Popen(
        [sys.executable, "-c", MEASURED, PROGRAM, json.dumps({"hosts": hosts, "seconds": 2})],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def flood(stop: threading.Event) -> None:
    """Send without end what a host may send: no line, no text, no name."""
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    count = 0
    while not stop.wait(0.02):
        with suppress(OSError), socket.create_connection(("127.0.83.1", TCP), 1) as to:
            to.sendall(b"@n3 none\n")
            while not stop.wait(0.02):
                to.sendall(MEGABYTES)
                for _ in range(20):
                    count += 1
                    datagrams.sendto(b"@n%d \xff" % count, ("127.0.83.1", UDP))
    datagrams.close()


def test_a_host_that_floods_the_others_costs_them_no_memory_and_no_answer() -> None:
    stop = threading.Event()
    flooding = threading.Thread(target=flood, args=[stop])
    flooding.start()
    running = {name: start(name) for name in HOSTS}
    try:
        outputs = {name: process.communicate(timeout=250) for name, process in running.items()}
    finally:
        stop.set()
        flooding.join()

    assert [process.returncode for process in running.values()] == [0, 0]
    for out, most in outputs.values():
        assert int(most) < 60 * 1024
        [(_, reached)] = json.loads(out)["reached"].items()
        assert reached[PORTS[0]] == "open"
        assert isinstance(parse([out]), Probe)
