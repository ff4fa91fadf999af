"""The addresses by which a node is known: its kubelet's and its API server's."""

from lab.emulator import addresses, files, host


def of_kubelet(node_ip: str) -> str:
    """The InternalIP: `--node-ip`, else what the own name leads to, else the default route's."""
    return node_ip or _of_own_name() or addresses.default()


def of_api_server(advertise_address: str) -> str:
    """What stands in the endpoints: `--advertise-address`, else the default route's address."""
    return advertise_address or addresses.default()


def _of_own_name() -> str:
    """The first of the own name's addresses that is one of this host's; loopback is none.

    All lines of /etc/hosts count, as for Go's resolver; the lab has no name servers.
    """
    own, name = addresses.own(), host.hostname()
    for line in files.read("/etc/hosts").splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if name in [word.lower() for word in names] and address in own:
            return address
    return ""
