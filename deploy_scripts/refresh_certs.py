"""Renew what one control plane node's own authority signs, and await the node's API.

The authority itself is never renewed: that takes every other node out and in again.

``UNDO`` is ``"nothing"``. The older certificates would only end sooner, and the backup that
``refresh-certs -u`` puts back has one level, which the second certificate overwrites; it brings old
credentials back as well, and stops the whole node for it.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import time
from typing import Any

from pyinfra.api import deploy

from cluster.certificates import DAY_SECONDS, NEW_DAYS, RENEWABLE
from deploy_scripts.fleet.errors import NotYet, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.microk8s.certificates import READ_SECONDS, Certificates, Read
from deploy_scripts.microk8s.facts import MICROK8S
from deploy_scripts.microk8s.looking import (
    AGAIN_SECONDS,
    LOOK_SECONDS,
    look_at_nodes,
    look_until,
    node_of,
)
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
"""MicroK8s removes a certificate before it makes the new one: a node that is cut off lacks it."""
UNDO = "nothing"
ASKS = False
ONE_SECONDS = 150
"""For one certificate: a key's signature, and the restart of one or two services."""
RENEW_SECONDS = ONE_SECONDS * len(RENEWABLE) + 20

# The exit code is 0 also where no certificate was made, so the files are read afterwards. It is not
# 0 where a service did not restart, which goes on with the old certificate then.
RENEW = f"""
log=$(mktemp /run/clusterwright-certs.XXXXXX) || {{
  echo 'cannot renew certificates: /run takes no file' >&2; exit 1; }}
for name in $names; do
  timeout -k 5 {ONE_SECONDS} {MICROK8S} refresh-certs -e "$name" >"$log" 2>&1 </dev/null
  rc=$?
  printed=$(tail -c 2000 "$log" | tail -n 10)
  printf '%s\\n' "$printed"
  if [ $rc -ne 0 ]; then
    rm -f "$log"
    echo "cannot renew $name: refresh-certs ended with exit code $rc and said last:" \\
      "$(printf '%s\\n' "$printed" | grep '[^[:space:]]' | tail -n 1 | cut -c1-300)" >&2
    exit 1
  fi
done
rm -f "$log"
"""


@deploy("Renew certificates")
def renew(names: Sequence[str] = RENEWABLE) -> None:
    """Renew them; whether it worked is read from the files and the API."""
    remote_script(
        name="Renew certificates",
        script=f"names={shlex.quote(' '.join(names))}\n{RENEW}",
        timeout=RENEW_SECONDS,
        may_be_ended=False,
        shows=f"microk8s refresh-certs -e {names[0]}",
    )


def apply(fleet: Fleet, *, before: Before, host: str, look_seconds: float = LOOK_SECONDS) -> Result:
    """Renew the certificates of ``host`` unless this job has, and see that its API answers.

    Those that end later than new ones would are kept.

    Raises ``NotYet`` while the API of the host does not answer, or its node is not Ready.
    """
    before.note({"former": _read(fleet, host)})
    former: Read = before.noted["former"]
    names = [name for name in RENEWABLE if _gains(former[name]["ends"], time())]
    if names and not before.noted.get("is_renewed"):
        _renew(fleet, host, names)
        _check(host, names, former, _read(fleet, host))
        # Whoever goes on after this note has only the API to wait for.
        before.note({"is_renewed": True})
    _await_api(fleet, host, seconds=0 if before.has_waited else look_seconds)
    now = _read(fleet, host)
    ends = {name: now[name]["ends"] for name in RENEWABLE}
    last_day = datetime.fromtimestamp(min(ends.values()), UTC)
    became = "renewed" if names else "kept, since new ones would end sooner"
    fleet.mark_done(host, f"{became}; the first ends on {last_day:%Y-%m-%d}")
    return Result({"ends": ends, "renewed": names})


def _gains(ends: int, now: float) -> bool:
    """Whether a certificate made now ends later; a day is left to clocks that differ."""
    return ends < now + (NEW_DAYS + 1) * DAY_SECONDS


def _renew(fleet: Fleet, host: str, names: Sequence[str]) -> None:
    _, failures = fleet.try_run(renew, on=[host], timeout=RENEW_SECONDS, names=names)
    for failure in failures:
        advised = failure.advice or _by_hand(host, names[0])
        raise_for([replace(failure, advice=advised)], f"cannot renew the certificates of {host}")


def _by_hand(host: str, name: str) -> str:
    return (
        f"run 'microk8s refresh-certs -e {name}' as root on {host}, mend what it says, then retry"
    )


def _read(fleet: Fleet, host: str) -> Read:
    found: Read = fleet.facts(Certificates, on=[host], timeout=READ_SECONDS)[host]
    return found


def _check(host: str, names: Sequence[str], former: Read, now: Read) -> None:
    """Raise ``Transient`` where a certificate is not another that ends later, whatever was said."""
    wrong = {name: fault for name in names if (fault := _fault(former[name], now[name]))}
    if wrong:
        faults = " and ".join(f"{name} {fault}" for name, fault in wrong.items())
        raise Transient(
            f"cannot renew the certificates of {host}: refresh-certs reported success, and "
            f"{faults}",
            advice=_by_hand(host, next(iter(wrong))),
        )


def _fault(former: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    if not now["ends"]:
        return "is missing"
    if now["fingerprint"] == former["fingerprint"]:
        return "is still the same"
    return "ends sooner than before" if now["ends"] < former["ends"] else ""


def _await_api(fleet: Fleet, host: str, *, seconds: float) -> None:
    """Return once the API of a host itself answers and calls its own node Ready."""
    seen, is_there = look_until(
        lambda: look_at_nodes(fleet, seed=host), lambda now: _is_ready(now, host), seconds=seconds
    )
    if not is_there:
        raise NotYet(
            f"the Kubernetes API of {host} does not answer ({seen['nodes_error']})"
            if seen["nodes"] is None
            else f"node {host} is not Ready",
            after=AGAIN_SECONDS,
            otherwise=f"cannot see {host} at work again with its new certificates",
            advice=f"look at journalctl -u snap.microk8s.daemon-kubelite on {host}",
        )


def _is_ready(seen: Mapping[str, Any], host: str) -> bool:
    node = node_of(seen, host)
    return bool(node and node["ready"])
