"""The one question that asks a host for all its facts in one SSH channel, and its answer read."""

import re
import shlex
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pyinfra.api import FactBase

from deploy_scripts.host_facts import Address, Clock, HostFacts
from deploy_scripts.microk8s import BACKEND, DATA, ROLE_PROBE, parse_role

TIMEOUT = 40
"""Seconds for the whole survey of a host."""

# Whatever may hang (a daemon, a resolver, a dead disk) has a limit of its own, and costs only its
# own answer. The rest is read by the shell itself: a busy host pays for every process.
SURVEY = f"""
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin:/snap/bin"
newline='
'
bounded() {{ timeout -k 1 10 "$@" 2>/dev/null; }}
say() {{ echo "@@$1"; shift; "$@" 2>/dev/null; }}
file() {{
  echo "@@$1"
  [ ! -r "$2" ] || while IFS= read -r line || [ -n "$line" ]; do printf '%s\\n' "$line"; done <"$2"
}}
say start date +%s.%N
say python command -v python3
say hostname uname -n
file hostname-file /etc/hostname
file machine-id /etc/machine-id
file product-uuid /sys/class/dmi/id/product_uuid
file os /etc/os-release
say architecture uname -m
say cpus nproc
say memory grep MemTotal /proc/meminfo
disk=/var; [ -d /var/snap ] && disk=/var/snap
table=$(bounded df -P -B1 "$disk")
printf '@@disk\\n%s\\n' "$table"
device=${{table##*"$newline"}}; device=${{device%% *}}
if [ -b "$device" ]; then say rotational lsblk -sno ROTA "$device"
else say rotational lsblk -dno ROTA; fi
say addresses ip -o -4 addr show
say routes ip -4 route show
echo @@speeds
for file in /sys/class/net/*/speed; do
  name=${{file#/sys/class/net/}}
  {{ read -r speed <"$file"; }} 2>/dev/null && echo "${{name%/speed}} $speed"
done
say snap bounded snap version
echo @@microk8s
{ROLE_PROBE}
file members {BACKEND}/cluster.yaml
file endpoints {DATA}/args/traefik/provider.yaml
say tcp ss -Hltnp
say udp ss -Hlunp
echo @@foreign
for path in /etc/rancher/k3s /etc/rancher/rke2 /var/lib/rancher/k3s /var/lib/rancher/rke2 \\
    /var/lib/k0s /etc/kubernetes/admin.conf /etc/kubernetes/kubelet.conf \\
    /var/lib/kubelet /etc/cni/net.d; do
  [ -e "$path" ] && [ ! -L "$path" ] && [ -n "$(ls -A "$path")" ] && echo "$path"
done
say time bounded timedatectl show -p NTPSynchronized
file proxy /etc/environment
env
say ufw bounded ufw status
# All at once, since each name that does not resolve may take the resolver's whole patience.
echo @@resolve
answers=$(mktemp -d) && {{
  bounded sh -c '
    for name in "$@"; do getent ahostsv4 "$name" >"$0/$name" & done
    wait' "$answers" $names
  for name in $names; do
    found=; read -r found rest <"$answers/$name"
    echo "$name $found"
  done
  rm -rf "$answers"
}}
say end date +%s.%N
true
"""


class Survey(FactBase[HostFacts]):
    """The facts of a host, as root where sudo lets us and as far as they go otherwise."""

    def command(self, names: Sequence[str]) -> str:
        body = shlex.quote(f"names={shlex.quote(' '.join(names))}\n{SURVEY}")
        script = (
            f"echo @@sent; echo {time.time():.6f}; echo @@sudo; body={body}\n"
            'if ! command -v sudo >/dev/null; then echo missing; sh -c "$body"\n'
            'elif said=$(sudo -n true 2>&1); then echo yes; sudo -n sh -c "$body"\n'
            'else echo "$said"; sh -c "$body"; fi; true'
        )
        return f"timeout -k 5 {TIMEOUT} sh -c {shlex.quote(script)}"

    def process(self, output: Any) -> HostFacts:
        return parse(list(output), received=time.time())


def parse(lines: Sequence[str], *, received: float) -> HostFacts:
    """Read a survey's sections; ``received`` is our time at its end."""
    section: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        if line.startswith("@@"):
            current = section.setdefault(line[2:].strip(), [])
        elif line.strip():
            current.append(line.strip())
    role = parse_role(section.get("microk8s", []))
    routes = [line.split()[0] for line in section.get("routes", ())]
    settings = _settings(section.get("proxy", ()))
    return HostFacts(
        sudo=" ".join(section.get("sudo", ("no answer",))),
        python=_first(section, "python"),
        hostname=_first(section, "hostname"),
        hostname_file=_first(section, "hostname-file"),
        machine_id=_first(section, "machine-id"),
        product_uuid=_first(section, "product-uuid"),
        os=_os(section.get("os", ())),
        architecture=_first(section, "architecture"),
        cpus=_number(_first(section, "cpus")),
        memory=_memory(_first(section, "memory")),
        **_disk(section.get("disk", ())),
        rotational=_rotational(section.get("rotational", ())),
        addresses=_addresses(section.get("addresses", ())),
        networks=tuple(route for route in routes if route[:1].isdigit() and "/" in route),
        default_route="default" in routes if routes else None,
        speeds=_speeds(section.get("speeds", ())),
        snapd=_snapd(section.get("snap", ())),
        role=role["role"],
        channel=role["channel"],
        peers=_peers([*section.get("members", ()), *section.get("endpoints", ())]),
        listening=_listening(section.get("tcp", ()), "tcp")
        | _listening(section.get("udp", ()), "udp"),
        foreign=tuple(section.get("foreign", ())),
        synchronised=_synchronised(_first(section, "time")),
        proxy=settings.get("https_proxy") or settings.get("http_proxy") or "",
        no_proxy=settings.get("no_proxy", ""),
        ufw_active=_first(section, "ufw") == "Status: active",
        resolves=_resolves(section.get("resolve", ())),
        clock=_clock(section, received),
    )


def _first(section: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(section.get(name, ())), "")


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _memory(line: str) -> int | None:
    match = re.fullmatch(r"MemTotal:\s+(\d+) kB", line)
    return int(match[1]) * 1024 if match else None


def _os(lines: Sequence[str]) -> str:
    said = {key: value.strip("\"'") for key, _, value in (line.partition("=") for line in lines)}
    return f"{said.get('ID', '')} {said.get('VERSION_ID', '')}".strip()


def _disk(lines: Sequence[str]) -> dict[str, int | None]:
    words = lines[-1].split() if len(lines) > 1 else []
    if len(words) < 4:
        return {"disk_size": None, "disk_available": None}
    return {"disk_size": _number(words[1]), "disk_available": _number(words[3])}


def _rotational(lines: Sequence[str]) -> bool | None:
    known = [line for line in lines if line in {"0", "1"}]
    return all(line == "1" for line in known) if known else None


def _addresses(lines: Sequence[str]) -> tuple[Address, ...]:
    """Read lines such as ``2: eth0 inet 10.0.0.1/24 brd 10.0.0.255 scope global dynamic eth0``."""
    found = []
    for line in lines:
        match = re.match(r"\d+: (\S+?)(?:@\S+)?\s+inet ([\d.]+)(?:/(\d+))? (.*)", line)
        if match:
            dynamic = "dynamic" in match[4].split()
            found.append(Address(match[1], match[2], int(match[3] or 32), dynamic))
    return tuple(found)


def _speeds(lines: Sequence[str]) -> dict[str, int]:
    rows = [line.split() for line in lines]
    # A virtual card that does not know its speed says -1.
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdecimal()}


def _snapd(lines: Sequence[str]) -> str:
    rows = dict(line.split(None, 1) for line in lines if len(line.split()) > 1)
    return rows.get("snapd", "")


def _peers(lines: Sequence[str]) -> tuple[str, ...]:
    found = re.findall(r"\b(\d+\.\d+\.\d+\.\d+):\d+", "\n".join(lines))
    return tuple(sorted({peer for peer in found if not peer.startswith("127.")}))


def _listening(lines: Sequence[str], protocol: str) -> dict[str, str]:
    """Read ``ss``: state, two queues, local address, peer, and the process where we may see it."""
    found = {}
    for words in (line.split() for line in lines):
        address, _, port = words[3].rpartition(":") if len(words) > 3 else ("127.", "", "")
        if not address.startswith(("127.", "[::1]")):
            program = re.search(r'\(\("([^"]+)"', words[-1])
            found[f"{port}/{protocol}"] = program[1] if program else ""
    return found


def _synchronised(line: str) -> bool | None:
    return {"NTPSynchronized=yes": True, "NTPSynchronized=no": False}.get(line)


def _settings(lines: Sequence[str]) -> dict[str, str]:
    rows = [line.removeprefix("export ").partition("=") for line in lines]
    return {key.strip().lower(): value.strip().strip("\"'") for key, _, value in rows}


def _resolves(lines: Sequence[str]) -> dict[str, str]:
    rows = [line.split() for line in lines]
    return {row[0]: row[1] if len(row) > 1 else "" for row in rows}


def _clock(section: Mapping[str, Sequence[str]], received: float) -> Clock | None:
    """Bound the clock's offset: it was read after we asked, and before we had the answer."""
    try:
        sent, start, end = (float(_first(section, name)) for name in ("sent", "start", "end"))
    except ValueError:
        return None
    return Clock(least=end - received, most=start - sent)
