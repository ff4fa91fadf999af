"""What a MicroK8s host and its cluster say of themselves: pyinfra facts, parsed by pure functions.

Full paths everywhere: a non-login SSH shell may lack ``/snap/bin``. Exit codes prove nothing, so
every script prints what it saw under a heading of its own.
"""

from shlex import quote
from typing import Any

from pyinfra.api import FactBase

from deploy_scripts.fleet.marks import INSTALLED, JOINED
from deploy_scripts.fleet.shell import root_script
from deploy_scripts.microk8s.node_list import LEASES, NODE_TEMPLATE
from deploy_scripts.microk8s.role_parser import UNKNOWN
from deploy_scripts.microk8s.role_parser import (
    parse_role as parse_role,  # for those who run the probe
)
from deploy_scripts.microk8s.view_parser import ROLE_NAMES as ROLE_NAMES
from deploy_scripts.microk8s.view_parser import parse_listing
from deploy_scripts.microk8s.view_parser import (
    parse_view as parse_view,  # for those who run the look
)

MICROK8S = "/snap/bin/microk8s"
SNAP_DATA = "/var/snap/microk8s"
"""Exists while the snap is installed, a disabled one included; without it snapd is not asked."""
DATA = f"{SNAP_DATA}/current"

DESCRIBE_SECONDS = 4
"""The client gives a member 2 s to answer; a look at a cluster with a dead one lasts this long."""

BACKEND = f"{DATA}/var/kubernetes/backend"
DQLITE = f"""
B={BACKEND}
dq() {{
  timeout -k 1 "${{2:-8}}" /snap/microk8s/current/bin/dqlite -s "file://$B/cluster.yaml" \\
    -c "$B/cluster.crt" -k "$B/cluster.key" -f json k8s "$1"
}}
"""
"""A shell function ``dq QUESTION [SECONDS]`` that asks the datastore; most need a leader."""

LEADER_TRIES = 5
LEADERLESS = (
    "the datastore has no leader, so no member can be taken out; start MicroK8s on the control "
    "plane nodes that are down, then retry"
)
REQUIRE_LEADER = f"""
require_leader() {{ # WHAT cannot be done: end, and say why, where no leader is known for a while
  [ -e "$B/cluster.yaml" ] && [ ! -e {DATA}/var/lock/clustered.lock ] || return 0
  tries=0
  until [ -n "$(dq .leader 4 2>/dev/null)" ]; do
    tries=$((tries+1))
    if [ $tries -ge {LEADER_TRIES} ]; then echo "cannot $1: {LEADERLESS}" >&2; exit 1; fi
    sleep 1
  done
}}
"""
"""After ``DQLITE``: MicroK8s' own tools need a leader too, and up to 1.28 they wait for ever."""

# One kubectl for nodes and leases; the clock that they are compared with is read after them, so
# that a slow answer makes them older and never fresher.
SHOWN = "microk8s kubectl get nodes"
"""What a person is shown of the longer questions below."""
NODES = f"""
exec 3>&1
echo '@@nodes'
errors=$(timeout -k 1 15 {MICROK8S} kubectl --request-timeout=10s get \\
  nodes,leases.coordination.k8s.io -n {LEASES} -o go-template={quote(NODE_TEMPLATE)} \\
  2>&1 >&3 3>&-)
rc=$?
date "+@@end $rc %s"
[ $rc -eq 0 ] || printf '%s\\n' "$errors"
true
"""

CLUSTER_VIEW = (
    DQLITE
    + f"""
out=$(dq .cluster 2>/dev/null)
if [ $? -eq 0 ] && [ -n "$out" ]; then
  echo '@@cluster'; printf '%s\\n' "$out"
  echo '@@leader'; dq .leader 2>/dev/null
else
  echo '@@no-leader'; cat "$B/cluster.yaml" 2>/dev/null
  out=$(cat "$B/cluster.yaml" 2>/dev/null)
fi
for a in $(printf '%s\\n' "$out" | grep Address | grep -o '[0-9.]\\{{7,\\}}:[0-9]\\{{1,\\}}'); do
  (told=$(dq ".describe $a" {DESCRIBE_SECONDS} 2>/dev/null) || exit 0
  case "$told" in *'"FailureDomain":'*) told=${{told#*'"FailureDomain":'}};; *) told=;; esac
  echo "@@alive $a" ${{told%%[!0-9 ]*}}) &
done
wait
{NODES}
"""
)

AWAIT_SECONDS = 20
"""How long a host itself waits for its datastore to settle before it tells what it sees."""

# The host looks ten times a second at no cost to the network, and asks for the members only.
AWAIT_ROLES = f"""
read -r now rest </proc/uptime; end=$((${{now%%.*}} + {AWAIT_SECONDS}))
until dq .cluster 2>/dev/null | awk -v members="$members" -v voters="$voters" '
  {{m += gsub(/"Address"/, ""); v += gsub(/"Role": *0/, "")}}
  END {{exit !(m >= members && v == voters)}}'
do
  read -r now rest </proc/uptime; [ "${{now%%.*}}" -lt "$end" ] || break
  sleep 0.1
done
"""

ROLE_PROBE = f"""
L={DATA}/var/lock
newline='
'
echo tracking= # pyinfra takes an answer without a line for no answer
if [ ! -d {SNAP_DATA} ]; then :
elif seen=$(LC_ALL=C snap list microk8s 2>&1); then
  printf '%s\n' "$seen" | while read -r name version revision tracking publisher notes; do
    if [ "$name" = microk8s ]; then echo "tracking=$tracking"; echo "notes=$notes"; fi
  done
else case "$seen" in *'no matching snaps installed'*) ;; *)
  # A snapd that does not answer has not said that nothing is installed.
  printf 'unsure=%s\n' "${{seen%%"$newline"*}}";;
esac; fi
for f in stopped.lock clustered.lock no-apiserver-proxy no-cert-reissue join-in-progress; do
  [ -e "$L/$f" ] && echo "lock=$f"
done
[ -e {BACKEND}/init.yaml ] && echo lock=init.yaml
[ -e {INSTALLED} ] && echo lock=ours
# The last line of a file may lack its end.
[ -s {INSTALLED} ] && sed -n '1,20s/^/mark./p' {INSTALLED} && echo
[ -s {JOINED} ] && sed -n '1,20s/^/joined./p' {JOINED} && echo
[ -e {BACKEND}/cluster.yaml ] && awk '/Address/ {{n++; a = $NF}}
  END {{print "members=" n + 0; if (n == 1) print "address=" a}}' {BACKEND}/cluster.yaml
pgrep -f 'join\\.py' >/dev/null && echo joining=yes
true
"""


class ClusterView(FactBase[dict[str, Any]]):
    """Members with liveness, leader and Kubernetes nodes, as one control plane node sees them."""

    def command(self) -> str:
        return root_script(CLUSTER_VIEW, timeout=40, shows=SHOWN)

    def process(self, output: Any) -> dict[str, Any]:
        return parse_view(list(output))


class SettledView(ClusterView):
    """The same, once the datastore has so many members and voters, or ``AWAIT_SECONDS`` later."""

    def command(self, members: int, voters: int) -> str:  # type: ignore[override]  # facts differ in what they need
        head = f"members={members}\nvoters={voters}\n"
        return root_script(
            head + DQLITE + AWAIT_ROLES + CLUSTER_VIEW, timeout=40 + AWAIT_SECONDS, shows=SHOWN
        )


class ClusterNodes(FactBase[dict[str, Any]]):
    """The Kubernetes nodes alone; ``nodes`` is ``None`` when the API does not answer.

    A quarter of a cluster view's work for the host that is asked.
    """

    def command(self) -> str:
        return root_script(NODES, timeout=30, shows=SHOWN)

    def process(self, output: Any) -> dict[str, Any]:
        nodes, why = parse_listing(list(output))
        return {"nodes": nodes, "nodes_error": why}


class HostRole(FactBase[dict[str, Any]]):
    """What a host is to MicroK8s, judged from its files: no API is needed."""

    def command(self) -> str:
        return root_script(ROLE_PROBE, timeout=30)

    def process(self, output: Any) -> dict[str, Any]:
        host_role = parse_role(list(output))
        if host_role["role"] == UNKNOWN:
            # No step may take a host for free, or for ours, because it could not be read.
            raise ValueError(host_role["reason"])
        return host_role
