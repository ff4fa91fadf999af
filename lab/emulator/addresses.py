"""The IPv4 addresses of this host's interfaces, the default route's first."""

# Without `socket`, which takes long to import.
import _socket
import fcntl
import struct
from contextlib import closing

from lab.emulator import files

SIOCGIFADDR = 0x8915
CNI_PREFIXES = ("lo", "cali", "vxlan.calico", "cni", "flannel")


def default_interface() -> str:
    for line in files.read("/proc/net/route").splitlines()[1:]:
        fields = line.split()
        if fields[1] == "00000000":
            return fields[0]
    return ""


def of_interface(name: str) -> str:
    request = struct.pack("256s", name.encode()[:15])
    with closing(_socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)) as probe:
        try:
            answer = fcntl.ioctl(probe.fileno(), SIOCGIFADDR, request)
        except OSError:
            return ""
    return _socket.inet_ntoa(answer[20:24])


def own() -> list[str]:
    """Every address another node could use, the default route's interface first."""
    names = [name for _, name in _socket.if_nameindex() if not name.startswith(CNI_PREFIXES)]
    default = default_interface()
    names.sort(key=lambda name: name != default)
    found = [address for address in map(of_interface, names) if address]
    return [address for address in found if not address.startswith("169.254.")]


def default() -> str:
    found = own()
    return found[0] if found else "127.0.0.1"
