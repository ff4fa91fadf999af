"""Prepare hosts for MicroK8s: names, kernel settings and modules, firewall, time.

Every change is noted on the host before it is made, so that ``undo`` takes back exactly that, also
after an interruption. A host that is still a node of a cluster keeps its preparation.
"""

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from pyinfra.api import FactBase, deploy
from pyinfra.context import host

from deploy_scripts.errors import Transient
from deploy_scripts.findings import Severity
from deploy_scripts.fleet import Fleet
from deploy_scripts.host_facts import HostFacts
from deploy_scripts.microk8s import DATA, OWN
from deploy_scripts.outcome import raise_for
from deploy_scripts.preflight_network_rules import judge_network
from deploy_scripts.probe_network import PORTS, probe
from deploy_scripts.shell import remote_script

INTERRUPTIBLE = True
TIMEOUT = 120
SYSCTL_FILE = "/etc/sysctl.d/90-clusterwright.conf"
MODULES_FILE = "/etc/modules-load.d/clusterwright.conf"
BEGIN, END = "# BEGIN clusterwright nodes", "# END clusterwright nodes"
SETTINGS = {
    "fs.aio-max-nr": 1048576,
    "fs.inotify.max_user_instances": 1024,
    "fs.inotify.max_user_watches": 1048576,
}
"""The datastore hangs where asynchronous I/O is used up; the kubelet watches many files."""
MODULES = ("br_netfilter", "overlay", "nf_conntrack", "vxlan")
POD_INTERFACES = ("vxlan.calico", "cali+")

FUNCTIONS = f"""
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
record={OWN}/prepared
fail() {{ echo "cannot $1" >&2; exit 1; }}
noted() {{ grep -qxF -- "$1" "$record" 2>/dev/null; }}
note() {{ noted "$1" || echo "$1" >>"$record"; }}
forget() {{ grep -vxF -- "$1" "$record" >"$record.new"; mv "$record.new" "$record"; }}
# replace FILE: put standard input there, in one move where the file may be replaced.
replace() {{
  cat >"$1.clusterwright" || fail "write $1.clusterwright: is the disk full?"
  if cmp -s "$1" "$1.clusterwright"; then rm -f "$1.clusterwright"; return; fi
  chmod 644 "$1.clusterwright"
  mv "$1.clusterwright" "$1" 2>/dev/null && return
  cat "$1.clusterwright" >"$1" || fail "write $1"
  rm -f "$1.clusterwright"
}}
# earlier_lines: what the block says of hosts that "$names" does not name.
earlier_lines() {{
  printf '%s\n' "$names" | awk '
    NR==FNR {{for (i=1; i<=NF; i++) named[$i]=1; next}}
    $0=="{END}" {{inside=0}}
    inside {{keep=1; for (i=1; i<=NF; i++) if ($i in named) keep=0; if (keep) print}}
    $0=="{BEGIN}" {{inside=1}}' - /etc/hosts
}}
without_block() {{ awk '$0=="{BEGIN}" {{skip=1}} !skip {{print}} $0=="{END}" {{skip=0}}' "$1"; }}
"""

PREPARE = (
    FUNCTIONS
    + f"""
mkdir -p {OWN} && touch "$record" || fail "write $record: is the disk full?"

# The block comes first: the resolver believes the first line that names a host.
note hosts
{{
  printf '%s\\n' '{BEGIN}' "$names"; earlier_lines; echo '{END}'; without_block /etc/hosts
}} | replace /etc/hosts || exit 1

note sysctl
values=$(sysctl -n $keys) || fail "read sysctl $keys"
set -- $values
for pair in $settings; do
  key=${{pair%%=*}}; wanted=${{pair#*=}}; have=$1; shift
  grep -q "^was $key " "$record" || echo "was $key $have" >>"$record"
  [ "$have" -ge "$wanted" ] && wanted=$have
  echo "$key = $wanted"
done | replace {SYSCTL_FILE} || exit 1
sysctl -q -p {SYSCTL_FILE} >/dev/null || fail "apply {SYSCTL_FILE}"
set -- $(sysctl -n $keys)
for pair in $settings; do
  have=$1; shift
  [ "$have" -ge "${{pair#*=}}" ] || fail "raise ${{pair%%=*}} to ${{pair#*=}}: it stays $have"
done

note modules
printf '%s\\n' $modules | replace {MODULES_FILE} || exit 1
for module in $modules; do
  [ -d "/sys/module/$module" ] || modprobe "$module" || fail "load kernel module $module: \\
install linux-modules-extra for kernel $(uname -r)"
done

if ufw status 2>/dev/null | grep -q '^Status: active'; then
  echo ufw=active
  printf '%s\\n' "$rules" | while IFS= read -r rule; do
    ours=; noted "ufw $rule" && ours=1
    note "ufw $rule"
    said=$(ufw allow $rule 2>&1) || fail "allow $rule in ufw: $said"
    case "$said" in *Skipping*) [ -n "$ours" ] || forget "ufw $rule";; esac
  done || exit 1
fi

if [ "$(timedatectl show -p NTP --value 2>/dev/null)" = no ]; then
  note ntp
  timedatectl set-ntp true || {{ forget ntp; echo 'note: time synchronisation is not available'; }}
fi

# One question for all names; only where the answers differ is each name asked for by itself.
all=$(printf '%s\\n' "$names" | awk '{{for (i=2; i<=NF; i++) print $1, $i}}')
found=$(getent ahostsv4 $(printf '%s\\n' "$all" | cut -d' ' -f2) | awk '$2=="STREAM" {{print $1}}')
[ "$found" = "$(printf '%s\\n' "$all" | cut -d' ' -f1)" ] ||
  printf '%s\\n' "$all" | while read -r address name; do
    found=$(getent ahostsv4 "$name" | awk 'NR==1 {{print $1}}')
    [ "$found" = "$address" ] || fail "resolve $name to $address: it leads to ${{found:-nothing}}"
  done || exit 1
"""
)

TAKE_BACK = (
    FUNCTIONS
    + f"""
[ -e "$record" ] || exit 0
L={DATA}/var/lock
if [ -e "$L/no-cert-reissue" ] || [ -e "$L/clustered.lock" ]; then
  echo 'kept: the host is still a node'; exit 0
fi
if noted hosts; then without_block /etc/hosts | replace /etc/hosts || exit 1; fi
if noted sysctl; then
  rm -f {SYSCTL_FILE}
  grep '^was ' "$record" | while read -r was key value; do
    sysctl -q -w "$key=$value" >/dev/null || fail "set $key back to $value"
  done || exit 1
fi
# Modules stay loaded: others may use them by now.
if noted modules; then rm -f {MODULES_FILE}; fi
grep '^ufw ' "$record" | while read -r ufw rule; do
  ufw delete allow $rule >/dev/null 2>&1 </dev/null || fail "delete rule $rule from ufw"
done || exit 1
if noted ntp; then timedatectl set-ntp false || fail "switch time synchronisation off again"; fi
if grep -qxF '{BEGIN}' /etc/hosts; then fail 'remove the block of nodes from /etc/hosts'; fi
rm -f "$record"; rmdir {OWN} 2>/dev/null; true
"""
)


class OwnName(FactBase[str]):
    """What a host calls itself, which becomes its node's name."""

    def command(self) -> str:
        return "uname -n"

    def process(self, output: Any) -> str:
        return "".join(output).strip()


@deploy("Prepare")
def prepare(roles: Mapping[str, str], names: Sequence[str]) -> None:
    """Write, apply and read back; does nothing where all of it is done."""
    script = prepare_script(roles[host.name], names)
    remote_script(name="Prepare the host", script=script, timeout=TIMEOUT)


def prepare_script(role: str, names: Sequence[str]) -> str:
    """Return what prepares a host of a role, which learns the lines ``names``."""
    values = {
        "names": "\n".join(names),
        "settings": " ".join(f"{key}={value}" for key, value in SETTINGS.items()),
        "keys": " ".join(SETTINGS),
        "modules": " ".join(MODULES),
        "rules": "\n".join(firewall_rules(role)),
    }
    given = "\n".join(f"{name}={shlex.quote(value)}" for name, value in values.items())
    return f"{given}\n{PREPARE}"


@deploy("Take back the preparation")
def take_back() -> None:
    """Remove what ``prepare`` noted that it wrote."""
    remote_script(name="Take back the preparation", script=TAKE_BACK, timeout=TIMEOUT)


def firewall_rules(role: str) -> tuple[str, ...]:
    """Return what ufw has to allow on a node of a role: its ports, and all of its pods' traffic."""
    both_ways = (f"{way} on {name}" for name in POD_INTERFACES for way in ("in", "out"))
    return (*PORTS[role], *both_ways)


def host_lines(addresses: Mapping[str, str], own_names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the lines of /etc/hosts: address, the node's name and, if another, the inventory's."""
    lines = []
    for name, address in addresses.items():
        own = own_names.get(name, name)
        words = dict.fromkeys((address, own, name))
        lines.append(" ".join(words))
    return tuple(lines)


def apply(fleet: Fleet, *, hosts: Sequence[str], roles: Mapping[str, str]) -> None:
    """Prepare ``hosts``; they learn the names of all hosts in ``roles``."""
    pending = fleet.pending(hosts)
    if not pending:
        return
    everyone = tuple(dict.fromkeys((*roles, *hosts)))
    own_names, failures = fleet.try_facts(OwnName, on=everyone)
    raise_for(failures, "cannot prepare the hosts")
    names = host_lines({name: fleet.node_address(name) for name in everyone}, own_names)
    said, failures = fleet.try_run(prepare, on=pending, timeout=TIMEOUT, roles=roles, names=names)
    for name in said:
        fleet.mark_done(name, "prepared")
    raise_for(failures, "cannot prepare the hosts")
    _check_through_ufw(fleet, roles, [name for name in said if "ufw=active" in said[name]])


def _check_through_ufw(fleet: Fleet, roles: Mapping[str, str], walled: Sequence[str]) -> None:
    """Measure again where ufw kept preflight from it; raise when a port is still closed."""
    if not walled:
        return
    probes, failures = probe(fleet, roles)
    raise_for(failures, "cannot check the ports behind ufw")
    facts = {name: HostFacts() for name in roles}
    closed = [
        finding
        for finding in judge_network(probes, facts, roles)
        if finding.severity is Severity.REFUSE and finding.code == "port-closed"
    ]
    if closed:
        raise Transient(
            f"cannot prepare the hosts: {closed[0].message}, although ufw on "
            f"{', '.join(walled)} allows it now",
            advice=closed[0].advice,
            findings=closed,
        )


def undo(fleet: Fleet, *, hosts: Sequence[str], roles: Mapping[str, str]) -> None:
    """Take back what ``apply`` wrote, on hosts that are no node any more."""
    said, failures = fleet.try_run(take_back, on=fleet.pending(hosts), timeout=TIMEOUT)
    for name, lines in said.items():
        kept = any(line.startswith("kept:") for line in lines)
        detail = f"kept: still a {roles[name]} node" if kept else "as before"
        fleet.mark_done(name, detail)
    raise_for(failures, "cannot take back the preparation of the hosts")
