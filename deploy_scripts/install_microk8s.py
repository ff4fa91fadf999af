"""Install MicroK8s from a pinned channel, hold its refreshes, and wait until it is ready.

Every node is told its address before it joins anything: without ``--advertise-address`` and
``--node-ip`` MicroK8s takes the default route's, which on a host with two networks is not the one
that the other nodes use.
"""

import shlex
from collections.abc import Mapping, Sequence

from pyinfra.api import deploy
from pyinfra.context import host

from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import FUNCTIONS, INSTALLED, JOINED, JOINS, KEPT, OWN
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.microk8s.facts import DATA, MICROK8S, SNAP_DATA
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "does"
ASKS = False
TIMEOUT, REMOVE_TIMEOUT = 1500, 900
"""Seconds: a store download takes minutes, and a change in progress is waited for."""
KUBELITE = "microk8s.daemon-kubelite"
ARGS_BEFORE = f"{OWN}/args-before"
"""Where the arguments of somebody's own MicroK8s are kept while ours stand in their place."""

SNAPD = f"""
set -f # a publisher may be shown as canonical**
newline='
'
look() {{ # what snap says of microk8s: its channel and notes, both empty without it
  tracking=; notes=
  [ -d {SNAP_DATA} ] || return 0
  seen=$(snap list microk8s 2>/dev/null) || return 0
  set -- ${{seen##*"$newline"}}
  [ "$1" != microk8s ] || {{ tracking=$4; notes=$6; }}
}}
again() {{
  n=0
  while :; do
    "$@"; rc=$?
    [ $rc -eq 0 ] && return 0
    [ $rc -eq 10 ] && [ $n -lt 60 ] || {{ echo "command: $*" >&2; return $rc; }}
    n=$((n+1)); sleep 5
  done
}}
# What snapd is doing with MicroK8s: it goes on when whoever asked for it is gone.
doing() {{
  snap changes 2>/dev/null | awk -v wanted="$1" '
    $2 ~ /^(Do|Doing|Undo|Undoing|Abort|Wait)$/ && /microk8s/ && $0 ~ wanted {{print $1}}'
}}
settle_snapd() {{
  for change in $(doing Install); do
    echo "ending snapd's change $change, the installation of MicroK8s"; snap abort "$change"
  done
  n=0
  while [ -n "$(doing .)" ]; do
    [ $n -lt 300 ] || {{
      echo "cannot go on: snapd still works on MicroK8s after $n s" >&2; exit 1; }}
    n=$((n+1)); sleep 1
  done
}}
"""

# The API server's and the kubelet's own address; kubelite is restarted once, if either is new.
TELL_ADDRESS = f"""
tell_address() {{
  changed=
  for pair in kube-apiserver:--advertise-address kubelet:--node-ip; do
    file={DATA}/args/${{pair%%:*}}; flag=${{pair#*:}}
    [ -n "$node_address" ] && [ -f "$file" ] || continue
    [ "$(grep -- "^$flag[= ]" "$file")" != "$flag=$node_address" ] || continue
    if ! is_mine {INSTALLED} && [ ! -e "{ARGS_BEFORE}/${{pair%%:*}}" ]; then
      mkdir -p {ARGS_BEFORE} && cp "$file" {ARGS_BEFORE}/ && put_mark {ARGS_BEFORE}/by || exit 1
    fi
    arguments=$(grep -v -- "^$flag[= ]" "$file"; echo "$flag=$node_address")
    printf '%s\\n' "$arguments" >"$file" || exit 1
    changed=yes
  done
  [ -z "$changed" ] || again snap restart {KUBELITE} || exit 1
}}
"""

INSTALL_BODY = f"""
timeout 120 snap wait system seed.loaded
look
if [ -n "$tracking" ] && [ -n "$(of {INSTALLED} installation)" ] && ! same_cluster {INSTALLED}; then
  echo "permanent: cannot use the MicroK8s that is here: $(whose {INSTALLED}) put it here;" \\
    "roll that job back, or run 'snap remove --purge microk8s; rm -r {OWN}' if nobody needs it" >&2
  exit 1
fi
if [ -z "$tracking" ]; then
  put_mark {INSTALLED} || {{ echo "cannot write {INSTALLED}: is the disk full?" >&2; exit 1; }}
  again snap install microk8s --classic "--channel=$channel" || exit 1
  again snap refresh --hold microk8s || exit 1
  look
fi
if [ "$tracking" != "$channel" ]; then
  echo "permanent: cannot install microk8s $channel: ${{tracking:-nothing}} is installed;" \\
    "remove it with 'snap remove --purge microk8s', or ask for channel ${{tracking:-$channel}}" >&2
  exit 1
fi
case "$notes" in *held*) ;; *) again snap refresh --hold microk8s || exit 1; look;; esac
case "$notes" in *held*) ;; *)
  echo 'cannot hold refreshes of microk8s: snap list does not say held (snapd 2.58 is needed)' >&2
  exit 1;;
esac
if [ -n "${{SUDO_USER:-}}" ] && [ "$SUDO_USER" != root ] && getent group microk8s >/dev/null; then
  usermod -aG microk8s "$SUDO_USER"
fi
[ -e {DATA}/var/lock/clustered.lock ] && exit 0
tell_address
timeout 660 {MICROK8S} status --wait-ready --timeout 600 >/dev/null
n=0
while :; do
  nodes=$(timeout 20 {MICROK8S} kubectl --request-timeout=10s get nodes --no-headers -o wide 2>&1)
  case "$nodes" in *' Ready '*) ready=yes;; *) ready=;; esac
  case "$nodes" in *" ${{node_address:-}} "*) has_address=yes;; *) has_address=;; esac
  [ -z "$ready" ] || [ -z "$has_address" ] || exit 0
  [ $n -lt 30 ] || break # right after a restart the API may be away once more
  n=$((n+1)); sleep 1
done
if [ -z "$ready" ]; then
  echo "cannot wait for microk8s: no node is Ready: $nodes" >&2
else
  echo "cannot tell microk8s its address $node_address: its node has another: $nodes" >&2
fi
exit 1
"""

INSTALL = f"{FUNCTIONS}{SNAPD}{TELL_ADDRESS}{INSTALL_BODY}"

# Purges MicroK8s and the notes about it; what came with it went with it.
PURGE = f"""
purge() {{
  settle_snapd
  if [ -d {SNAP_DATA} ] || [ -d /snap/microk8s ]; then again snap remove --purge microk8s; fi
  if snap list microk8s >/dev/null 2>&1 || [ -d {SNAP_DATA}/current/args ]; then
    echo 'cannot remove microk8s: it is still there' >&2; exit 1
  fi
  rm -rf {JOINED} {JOINS} {OWN}/join-tokens {OWN}/addons {ARGS_BEFORE} &&
    rm -f {INSTALLED} # last: by it an attempt that comes later knows what is to be purged
}}
"""

# Whoever was cut off here goes on: the note of who changed them goes when all is as it was.
GIVE_BACK_ARGUMENTS = f"""
  for file in kube-apiserver kubelet; do
    [ ! -f "{ARGS_BEFORE}/$file" ] || [ ! -d {DATA}/args ] ||
      cat "{ARGS_BEFORE}/$file" >"{DATA}/args/$file" || exit 1
  done
  again snap restart {KUBELITE} || exit 1
"""

# Somebody's own MicroK8s gets its arguments back, and is left alone.
REMOVE = f"""
{FUNCTIONS}{SNAPD}{PURGE}
if is_mine {INSTALLED}; then
  if [ -e {JOINED} ] && ! is_mine {JOINED}; then
    echo "permanent: cannot remove microk8s: $(whose {JOINED}) joined this node" >&2; exit 1
  fi
  others=$(awk -v me="${{my_job:--}}" '$2 != me {{print $1}}' {JOINS} 2>/dev/null)
  if [ -n "$others" ]; then
    echo "permanent: cannot remove microk8s: nodes that other jobs joined need it: "$others >&2
    exit 1
  fi
  purge
elif is_mine {ARGS_BEFORE}/by; then
{GIVE_BACK_ARGUMENTS}
  rm -rf {ARGS_BEFORE}
  echo '{KEPT}MicroK8s was here before, and has its arguments back'
elif [ -e {INSTALLED} ]; then
  echo "{KEPT}$(whose {INSTALLED}) put MicroK8s here"
fi
rmdir {OWN} 2>/dev/null; true
"""


@deploy("Install MicroK8s")
def install(channel: str, addresses: Mapping[str, str] | None = None) -> None:
    """Install, hold, tell each node its address and wait; does nothing where all of it is done."""
    address = (addresses or {}).get(host.name, "")
    head = f"channel={shlex.quote(channel)}\nnode_address={shlex.quote(address)}\n"
    remote_script(
        name=f"Install MicroK8s {channel}",
        script=head + INSTALL,
        timeout=TIMEOUT,
        shows=f"snap install microk8s --classic --channel={channel}",
    )


@deploy("Remove MicroK8s")
def remove(script: str = REMOVE) -> None:
    """Purge MicroK8s where this very job installed it; another ``script`` may judge otherwise."""
    remote_script(
        name="Remove MicroK8s",
        script=script,
        timeout=REMOVE_TIMEOUT,
        shows="snap remove --purge microk8s",
    )


def apply(fleet: Fleet, *, before: Before, hosts: Sequence[str], channel: str) -> Result:
    """Install on all hosts in parallel; a host that is done stays untouched in a retry."""
    del before  # it is noted on the hosts
    pending = fleet.pending(hosts)
    addresses = {name: fleet.node_address(name) for name in pending}
    done, failures = fleet.try_run(
        install, on=pending, timeout=TIMEOUT, channel=channel, addresses=addresses
    )
    for name in done:
        fleet.mark_done(name, channel)
    raise_for(failures, f"cannot install MicroK8s {channel}")
    return Result()


def undo(fleet: Fleet, *, before: Before, hosts: Sequence[str], channel: str) -> Result:
    """Remove MicroK8s from the hosts on which this job installed it."""
    del before
    done, failures = fleet.try_run(remove, on=fleet.pending(hosts), timeout=REMOVE_TIMEOUT)
    for name, lines in done.items():
        kept = next((line for line in lines if line.startswith("kept:")), "")
        fleet.mark_done(name, kept or f"{channel} removed")
    raise_for(failures, "cannot remove MicroK8s")
    return Result()
