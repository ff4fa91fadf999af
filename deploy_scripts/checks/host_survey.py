"""The one question that asks a host for all its facts in one SSH channel."""

import shlex
import time
from collections.abc import Iterable, Sequence
from typing import Any

from pyinfra.api import FactBase
from pyinfra.context import host

from deploy_scripts.checks.host_answer import parse
from deploy_scripts.checks.host_facts import HostFacts
from deploy_scripts.fleet.marks import OWN
from deploy_scripts.microk8s.facts import BACKEND, DATA, ROLE_PROBE, SNAP_DATA
from deploy_scripts.microk8s.store_channels import STORE_SECONDS
from deploy_scripts.preparation.kernel_settings import MODULES

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
answers=$(mktemp -d)
store=
ask_store() {{ timeout -k 1 {STORE_SECONDS} snap info microk8s 2>/dev/null </dev/null; }}
if [ -n "$channel" ] && [ -n "$answers" ] && [ ! -d {SNAP_DATA} ]; then
  ask_store >"$answers/@store" & store=$!
fi
echo @@root-sudo
if ! command -v sudo >/dev/null; then echo missing
elif [ -w /etc/shadow ]; then # as root: MicroK8s' own commands call sudo in this way
  printed=$(sudo -n -E LD_LIBRARY_PATH= true 2>&1 </dev/null) && echo yes || echo "${{printed:-no}}"
fi
say python command -v python3
say system uname -nm
file hostname-file /etc/hostname
file machine-id /etc/machine-id
file product-uuid /sys/class/dmi/id/product_uuid
file os /etc/os-release
say cpus nproc
echo @@memory
while read -r line; do
  case "$line" in MemTotal*) echo "$line"; break;; esac
done </proc/meminfo
disk=/var; [ -d /var/snap ] && disk=/var/snap
table=$(bounded df -B1 --output=source,size,avail,itotal,iavail "$disk")
printf '@@disk\\n%s\\n' "$table"
device=${{table##*"$newline"}}; device=${{device%% *}}
if [ -b "$device" ]; then say rotational lsblk -sno ROTA "$device"
else say rotational lsblk -dno ROTA; fi
# One process answers all of it; the way to itself stands before the ways to the other hosts.
echo @@network
ip -force -4 -o -batch - 2>/dev/null <<END
addr show
route show
route get 127.0.0.1
$ways
END
[ -d {SNAP_DATA} ] || say links ip -d -o link show
echo @@speeds
for file in /sys/class/net/*/speed; do
  name=${{file#/sys/class/net/}}
  {{ read -r speed <"$file"; }} 2>/dev/null && echo "${{name%/speed}} $speed"
done
say snap bounded snap version
echo @@microk8s
{ROLE_PROBE}
file mark {OWN}/installed-microk8s
file members {BACKEND}/cluster.yaml
file endpoints {DATA}/args/traefik/provider.yaml
say listening ss -Hltunp
echo @@foreign
for path in /etc/rancher/k3s /etc/rancher/rke2 /var/lib/rancher/k3s /var/lib/rancher/rke2 \\
    /var/lib/k0s /etc/kubernetes/admin.conf /etc/kubernetes/kubelet.conf \\
    /var/lib/kubelet /etc/cni/net.d; do
  [ -e "$path" ] && [ ! -L "$path" ] && [ -n "$(ls -A "$path")" ] && echo "$path"
done
file cgroups /proc/cgroups
file controllers /sys/fs/cgroup/cgroup.controllers
file container /run/systemd/container
[ ! -e /.dockerenv ] || echo docker
[ ! -e /run/.containerenv ] || echo podman
line=; {{ IFS= read -r line </proc/1/environ; }} 2>/dev/null
for kind in lxc lxc-libvirt docker podman systemd-nspawn oci; do
  case "$line" in *container="$kind"*) echo "$kind";; esac
done
echo @@lacks
[ -e /dev/kmsg ] || echo /dev/kmsg
enabled=; {{ read -r enabled </sys/module/apparmor/parameters/enabled; }} 2>/dev/null
[ "$enabled" = Y ] || echo AppArmor
echo @@modprobe
if command -v modprobe >/dev/null; then echo found; else echo missing
  for module in {" ".join(MODULES)}; do [ ! -d "/sys/module/$module" ] || echo "$module"; done
fi
echo @@cloud-init
[ ! -d /etc/cloud ] || [ -e /etc/cloud/cloud-init.disabled ] ||
  grep -hE '^[[:space:]]*manage_etc_hosts[[:space:]]*:' /etc/cloud/cloud.cfg \\
    /etc/cloud/cloud.cfg.d/*.cfg /var/lib/cloud/instance/cloud-config.txt 2>/dev/null
say time bounded timedatectl show -p NTPSynchronized
echo @@environment
for name in http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY; do
  eval "value=\\${{$name:-}}"
  [ -z "$value" ] || printf '%s\\n' "$name=$value"
done
file proxy /etc/environment
say ufw bounded ufw status
# All at once, since each name that does not resolve may take the resolver's whole patience.
echo @@resolve
[ -z "$answers" ] || {{
  bounded sh -c '
    for name in "$@"; do getent ahostsv4 "$name" >"$0/$name" & done
    wait' "$answers" $names
  for name in $names; do
    found=; read -r found rest <"$answers/$name"
    echo "$name $found"
  done
}}
[ -z "$store" ] || {{ wait "$store"; file store "$answers/@store"; }}
[ -z "$answers" ] || rm -rf "$answers"
say end date +%s.%N
true
"""

# Root needs no sudo to look, and whoever may use it is not asked for it twice.
AS_ROOT = """
if [ -w /etc/shadow ]; then echo yes; sh -c "$body"
elif ! command -v sudo >/dev/null; then echo missing; sh -c "$body"
else
  sudo -n sh -c "echo yes; $body" 2>/dev/null || {
    printed=$(sudo -n sh -c true 2>&1 </dev/null); echo "${printed:-no}"; sh -c "$body"
  }
fi
true
"""


class Survey(FactBase[HostFacts]):
    """The facts of a host, as root where sudo lets us and as far as they go otherwise."""

    def command(
        self,
        names: Sequence[str],
        addresses: Iterable[str] = (),
        channel: str = "",
        store_asked_by: str = "",
    ) -> str:
        """``names`` are looked up, the ways to ``addresses`` asked for; one host asks the store."""
        asks = bool(channel) and host.name == store_asked_by
        ways = "\n".join(f"route get {address}" for address in addresses)
        given = {"names": " ".join(names), "ways": ways, "channel": channel if asks else ""}
        head = "".join(f"{name}={shlex.quote(value)}\n" for name, value in given.items())
        sent = (
            f"echo @@sent; echo {time.time():.6f}; echo @@sudo; body={shlex.quote(head + SURVEY)}"
        )
        return f"timeout -k 5 {TIMEOUT} sh -c {shlex.quote(sent + AS_ROOT)}"

    def process(self, output: Any) -> HostFacts:
        """Read the answer. Raises ``ValueError`` where a survey did not run, or not to its end."""
        lines = list(output)
        for mark, what in (("@@sent", "the survey did not begin"), ("@@end", "it broke off")):
            if mark not in lines:
                raise ValueError(
                    f"{what}: the login shell or its start files keep the command from running"
                )
        # What a start file prints comes before it.
        return parse(lines[lines.index("@@sent") :], received=time.time())
