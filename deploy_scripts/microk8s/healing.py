"""Starting MicroK8s after a drill: by a step, or by a timer on the host where no step comes.

The timer is set ahead of what a drill does to a node, and needs nothing of ours: no Celery worker,
no Redis, no API, no SSH. A host that reboots forgets it, and starts MicroK8s by itself.
"""

from collections.abc import Sequence
from typing import Any

from pyinfra.api import FactBase, deploy

from deploy_scripts.fleet.marks import FUNCTIONS, INSTALLED
from deploy_scripts.fleet.shell import remote_script, root_script

UNIT = "clusterwright-drill"
"""The transient timer, and its service, on the host of a drill."""
SCRIPT = f"/run/{UNIT}.sh"
HELD = ("daemon-kubelite", "daemon-k8s-dqlite")
"""The services that a hard drill kills; each of them has a drop-in then."""
DROP_INS = tuple(f"/run/systemd/system/snap.microk8s.{name}.service.d/{UNIT}.conf" for name in HELD)
"""What keeps systemd from starting again what was killed; gone with a reboot, too."""
START_SECONDS, START_TRIES, HEAL_TRIES = 240, 40, 600
SET_SECONDS = 60
OURS = f"""
{FUNCTIONS}
if [ -e {INSTALLED} ] && ! same_cluster {INSTALLED}; then
  echo "permanent: cannot stop MicroK8s: $(whose {INSTALLED}) put it here" >&2; exit 1
fi
"""
"""Before what a drill does to a node: ends where somebody else made it one."""
_STATES = frozenset(
    {"active", "activating", "deactivating", "failed", "inactive", "reloading", "unknown"}
)
_SHOWN = 60


def _start(tries: int) -> str:
    """Return what starts MicroK8s; again and again, as snapd refuses it while it works on a stop.

    What it says is kept: written to a connection that is cut off, it would make a start fail that
    has succeeded, and whoever comes next would wait for all the tries.
    """
    return f"""
rm -f {" ".join(DROP_INS)} && systemctl daemon-reload
tries=0
until said=$(timeout -k 5 60 snap start microk8s 2>&1); do
  tries=$((tries+1)); [ $tries -lt {tries} ] || {{ printf '%s\\n' "$said" >&2; exit 1; }}
  sleep 3
done
"""


FORGET_TIMER = f"systemctl stop {UNIT}.timer 2>/dev/null; rm -f {SCRIPT}"
START = f"{_start(START_TRIES)}{FORGET_TIMER}\n"


def _timer(seconds: int) -> str:
    # The script is a file, as systemd has a use of its own for some signs in a command's words.
    return f"""{OURS}
{FORGET_TIMER}
cat >{SCRIPT} <<'END_OF_SCRIPT' || exit 1
{_start(HEAL_TRIES)}rm -f {SCRIPT}
END_OF_SCRIPT
systemd-run --quiet --collect --unit={UNIT} --on-active={seconds}s \\
  --timer-property=AccuracySec=1s \\
  --description='Start MicroK8s after a drill of Clusterwright' /bin/sh {SCRIPT}
"""


@deploy("Set a timer that starts MicroK8s again")
def set_timer(seconds: int) -> None:
    """Have the host start MicroK8s by itself in so many seconds; whether it will is read back."""
    remote_script(
        name="Set a timer that starts MicroK8s again",
        script=_timer(seconds),
        timeout=SET_SECONDS,
        shows=f"systemd-run --on-active={seconds}s snap start microk8s",
    )


@deploy("Start MicroK8s after a drill")
def start() -> None:
    """Start the services, as often as it is asked for, and take the timer off then."""
    remote_script(
        name="Start MicroK8s", script=START, timeout=START_SECONDS, shows="snap start microk8s"
    )


class HealTimer(FactBase[bool]):
    """Whether the timer is set on a host."""

    def command(self) -> str:
        question = f"systemctl is-active {UNIT}.timer\ntrue"
        return root_script(question, timeout=30, shows=f"systemctl is-active {UNIT}.timer")

    def process(self, output: Any) -> bool:
        return parse_timer(list(output))


def parse_timer(lines: Sequence[str]) -> bool:
    """Read a unit's state. Raises ``ValueError`` for what is none."""
    if len(lines) != 1 or lines[0] not in _STATES:
        raise ValueError(f"systemctl printed {' '.join(lines)[:_SHOWN]!r}, not a unit's state")
    return lines[0] == "active"
