"""Install MicroK8s from a pinned channel, hold its refreshes, and wait until it is ready."""

import shlex
from collections.abc import Sequence

from pyinfra.api import deploy

from deploy_scripts.fleet import Fleet
from deploy_scripts.microk8s import DATA, MICROK8S, OWN, SNAP_DATA
from deploy_scripts.outcome import raise_for
from deploy_scripts.shell import remote_script

INTERRUPTIBLE = True
TIMEOUT = 1500
"""Seconds: a store download takes minutes, and a change in progress is waited for."""

INSTALL = f"""
exec 9>/run/lock/clusterwright-install.lock
flock -w 900 9 || {{ echo 'cannot install microk8s: another installation still runs' >&2; exit 1; }}
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
    [ $rc -eq 10 ] && [ $n -lt 60 ] || return $rc
    n=$((n+1)); sleep 5
  done
}}
timeout 120 snap wait system seed.loaded
look
if [ -z "$tracking" ]; then
  mkdir -p {OWN} && : > {OWN}/installed-microk8s
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
timeout 660 {MICROK8S} status --wait-ready --timeout 600 >/dev/null
nodes=$(timeout 20 {MICROK8S} kubectl --request-timeout=10s get nodes --no-headers 2>&1)
case "$nodes" in *' Ready '*) ;; *)
  echo "cannot wait for microk8s: no node is Ready: $nodes" >&2; exit 1;;
esac
"""

REMOVE = f"""
[ -e {OWN}/installed-microk8s ] || exit 0
snap remove --purge microk8s || exit 1
if snap list microk8s >/dev/null 2>&1; then
  echo 'cannot remove microk8s: snap list still shows it' >&2; exit 1
fi
rm -f {OWN}/installed-microk8s {OWN}/join-tokens {OWN}/addons
rmdir {OWN} 2>/dev/null; true
"""


@deploy("Install MicroK8s")
def install(channel: str) -> None:
    """Install, hold and wait; does nothing where all of it is done."""
    remote_script(
        name=f"Install MicroK8s {channel}",
        script=f"channel={shlex.quote(channel)}\n{INSTALL}",
        timeout=TIMEOUT,
    )


@deploy("Remove MicroK8s")
def remove() -> None:
    """Purge MicroK8s where this product installed it; leave it alone elsewhere."""
    remote_script(name="Remove MicroK8s", script=REMOVE, timeout=600)


def apply(fleet: Fleet, *, hosts: Sequence[str], channel: str) -> None:
    """Install on all hosts in parallel; a host that is done stays untouched in a retry."""
    done, failures = fleet.try_run(
        install, on=fleet.pending(hosts), timeout=TIMEOUT, channel=channel
    )
    for host in done:
        fleet.mark_done(host, channel)
    raise_for(failures, f"cannot install MicroK8s {channel}")


def undo(fleet: Fleet, *, hosts: Sequence[str], channel: str) -> None:
    """Remove MicroK8s from the hosts on which ``apply`` installed it."""
    done, failures = fleet.try_run(remove, on=fleet.pending(hosts), timeout=600)
    for host in done:
        fleet.mark_done(host, f"{channel} removed")
    raise_for(failures, "cannot remove MicroK8s")
