"""What both joins share: the join itself, and starting afresh with what cannot join as it is."""

import shlex
from collections.abc import Mapping

from pyinfra.api import deploy
from pyinfra.context import host

from deploy_scripts.fleet.error_text import PERMANENT, headline
from deploy_scripts.fleet.errors import HostFailure, Permanent, StepError, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import FUNCTIONS, INSTALLED, JOINED, JOINS
from deploy_scripts.fleet.outcome import headline_of
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.install_microk8s import INSTALL_BODY, PURGE, SNAPD, TELL_ADDRESS
from deploy_scripts.microk8s.facts import BACKEND, DATA, MICROK8S
from deploy_scripts.microk8s.looking import JOIN_SECONDS
from deploy_scripts.microk8s.role_parser import UNKNOWN

AFRESH_SECONDS = 2400

# A join that a lost Celery worker left running is waited for, then its effect decides. The output
# goes to a file, so that a broken SSH connection does not kill the join half-way.
JOIN = f"""
IFS= read -r own && IFS= read -r url || exit 1
{FUNCTIONS}
L={DATA}/var/lock
if [ ! -e "$L/join-in-progress" ]; then
  if [ -e "$L/clustered.lock" ]; then echo 'joined already'; exit 0; fi
  if [ -e "$L/no-cert-reissue" ] && grep -q "$own:19001" {BACKEND}/cluster.yaml; then
    [ "$(grep -c Address {BACKEND}/cluster.yaml)" -lt 2 ] || {{ echo 'joined already'; exit 0; }}
    echo 'permanent: cannot join: this host was the first node of another cluster' >&2; exit 1
  fi
fi
# The first things that a join changes here, before which the host is as it was.
identity() {{ sha256sum {DATA}/certs/ca.crt; [ ! -e {DATA}/certs/ca.remote.crt ] || echo remote; }}
before=$(identity 2>&1)
was_joining=; [ ! -e "$L/join-in-progress" ] || was_joining=yes
put_mark {JOINED} || {{ echo "cannot write {JOINED}: is the disk full?" >&2; exit 1; }}
umask 077
log=$(mktemp /run/clusterwright-join.XXXXXX)
# Empty, not unset: the wrapper's own sudo would read them from /etc/environment again.
export http_proxy= https_proxy= HTTP_PROXY= HTTPS_PROXY= all_proxy= ALL_PROXY=
# The script's own time-out ends the join too; another one here would show the URL for as long.
{MICROK8S} join "$url" $role >"$log" 2>&1
rc=$?
unset url
# Judged by what is here, whatever the exit code and the text: a host that the join did not touch
# can join again. Elsewhere the lock stays, the mark of a host that has to start afresh.
if [ $rc -ne 0 ] && [ -z "$was_joining" ] && [ "$(identity 2>&1)" = "$before" ]; then
  rm -f "$L/join-in-progress" {JOINED}
  echo 'the join changed nothing on this host'
fi
sed 's/[0-9a-f]\\{{32\\}}[0-9a-f\\/]*/*MASKED*/g' "$log" | tail -n 12
rm -f "$log"
[ $rc -eq 0 ]
"""

AFRESH = f"""
{FUNCTIONS}
if ! same_cluster {INSTALLED}; then
  if [ -e {INSTALLED} ]; then by="$(whose {INSTALLED}) put MicroK8s here"
  else by='MicroK8s was on this host before'; fi
  echo "permanent: cannot start afresh: $by, and it is $state;" \\
    "run 'snap remove --purge microk8s' on it if nobody needs it, then retry" >&2
  exit 1
fi
if [ -s {JOINS} ]; then
  echo "permanent: cannot start afresh: nodes joined through this one need it:" \
    "$(cut -d' ' -f1 {JOINS} | tr '\n' ' ')" >&2
  exit 1
fi
if [ "$state" != half-joined ] && [ -e {JOINED} ] && ! is_mine {JOINED}; then
  echo "permanent: cannot start afresh: $(whose {JOINED}) joined this node, and it is $state" >&2
  exit 1
fi
channel=$(snap list microk8s 2>/dev/null | awk '$1=="microk8s" {{print $4}}')
[ -n "$channel" ] || channel=$wanted
{SNAPD}{PURGE}{TELL_ADDRESS}
purge
{INSTALL_BODY}
"""


@deploy("Join the cluster")
def join(urls: Mapping[str, str], addresses: Mapping[str, str], worker: bool) -> None:
    """Join every host of the run with its own URL."""
    role = "--worker" if worker else ""
    remote_script(
        name="Join the cluster",
        script=f"role={role}\n{JOIN}",
        timeout=JOIN_SECONDS,
        secrets={host: f"{addresses[host]}\n{url}\n" for host, url in urls.items()},
        may_be_ended=False,
        shows=f"microk8s join *MASKED* {role}",
    )


@deploy("Start afresh")
def start_afresh(
    wanted: Mapping[str, str], states: Mapping[str, str], addresses: Mapping[str, str]
) -> None:
    """Purge a MicroK8s of ours that cannot join as it is, and install it again."""
    values = {
        "wanted": wanted[host.name],
        "state": states[host.name],
        "node_address": addresses[host.name],
    }
    head = "\n".join(f"{name}={shlex.quote(value)}" for name, value in values.items())
    remote_script(
        name="Purge and install again",
        script=f"{head}\n{AFRESH}",
        timeout=AFRESH_SECONDS,
        shows="snap remove --purge microk8s",
    )


def bring_back(fleet: Fleet, host: str, role: Mapping[str, str]) -> None:
    """Bring a MicroK8s of ours that cannot join as it is back to a fresh one.

    Raises ``Permanent`` where it is not ours to purge, ``Transient`` where nobody can tell.
    """
    if role["role"] == UNKNOWN:
        raise Transient(
            f"cannot join {host}: {role['reason']}",
            advice=f"run 'snap list microk8s' on {host}; nothing on it was changed",
        )
    _, failures = fleet.try_run(
        start_afresh,
        on=[host],
        timeout=AFRESH_SECONDS,
        wanted={host: role["channel"]},
        states={host: role["role"]},
        addresses={host: fleet.node_address(host)},
    )
    if failures:
        raise explain(failures, f"cannot bring {host} back to a fresh MicroK8s")


def explain(failures: tuple[HostFailure, ...], what: str) -> StepError:
    """Name what a failed join means; the texts are those of MicroK8s' cluster agent."""
    lines = [line for failure in failures for line in failure.lines]
    text = "\n".join(lines)
    if "does not resolve to the IP" in text:
        return Permanent(
            f"{what}: the seed cannot resolve the joiner's host name",
            failures=failures,
            advice="make the name resolve on the seed, for example in /etc/hosts, then retry",
        )
    hopeless = [line for line in lines if line.startswith(PERMANENT)]
    if hopeless:
        return Permanent(f"{what}: {headline(hopeless)}", failures=failures)
    advice = "the next attempt uses a fresh token"
    if "already known to dqlite" in text:
        advice = (
            "the next attempt strikes the stale member out, and waits until the seed's agent has "
            "forgotten it (up to 30 s)"
        )
    return Transient(f"{what}: {headline_of(failures[0])}", failures=failures, advice=advice)
