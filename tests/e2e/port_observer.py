"""Notes which of some processes' networks have nobody listening on a port, each 50 ms.

A process of its own, that knows neither the product nor its records: it reads what the kernel says
of each host's sockets. ``python port_observer.py '{"n1": [PID, PORT]}'``; it writes a line with
the moment and the hosts that are down whenever those change, and ends when its input ends.
"""

import json
import select
import sys
import time

EVERY_SECONDS = 0.05
LISTENS = " 0A "


def is_down(pid: int, port: int) -> bool:
    """Whether nothing listens on a TCP port in the network of a process."""
    wanted = f":{port:04X} "
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{table}") as rows:
            if any(wanted in row.split(": ", 1)[-1][:40] and LISTENS in row for row in rows):
                return False
    return True


def main() -> None:
    hosts = json.loads(sys.argv[1])
    known = None
    while not select.select([sys.stdin], [], [], EVERY_SECONDS)[0]:
        down = sorted(name for name, (pid, port) in hosts.items() if is_down(pid, port))
        if down != known:
            sys.stdout.write(json.dumps({"at": time.time(), "down": down}) + "\n")
            sys.stdout.flush()
            known = down


if __name__ == "__main__":
    main()
