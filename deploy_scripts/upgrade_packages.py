"""Upgrade the packages of hosts, and see that none is left but those that apt-get keeps back.

What is new and needed is installed, such as another kernel, and nothing is removed. The snap of
MicroK8s is none of the packages, and stays as it is.
"""

from collections.abc import Mapping, Sequence

from pyinfra.api import deploy

from deploy_scripts.fleet.errors import Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import FUNCTIONS, INSTALLED
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.microk8s.pending_packages import ASK_SECONDS, PendingPackages
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = False
"""dpkg that is cut off leaves packages half configured, so a cancel waits for its end."""
UNDO = "nothing"
"""apt-get has no way back to former versions, and MicroK8s does not depend on them."""
ASKS = False
LOCK_SECONDS = 300
"""How long another apt, such as unattended-upgrades, is waited for."""
TIMEOUT = 1800
MOST_NAMED = 10
MOST_KEPT = 200
"""So many packages that are kept back are kept with the step."""
ADVICE = "run 'apt-get upgrade --with-new-pkgs' as root on it, mend what it says, then retry"

# A package's changed configuration file stays as the host has it; nobody is there to be asked. An
# index that cannot be fetched is an error: what it would have brought is not known then.
UPGRADE = f"""
{FUNCTIONS}
if [ -e {INSTALLED} ] && ! same_cluster {INSTALLED}; then
  echo "permanent: cannot upgrade packages: $(whose {INSTALLED}) put MicroK8s here" >&2; exit 1
fi
command -v apt-get >/dev/null || {{
  echo 'permanent: cannot upgrade packages: the host has no apt-get' >&2; exit 1; }}
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
apt_get() {{
  apt-get -q -y -o DPkg::Lock::Timeout={LOCK_SECONDS} -o APT::Update::Error-Mode=any \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$@" </dev/null
}}
if [ -n "$(dpkg --audit 2>/dev/null)" ]; then # a dpkg was cut off, and apt-get goes on only after
  dpkg --force-confdef --force-confold --configure -a || exit 1
fi
apt_get update && apt_get upgrade --with-new-pkgs
"""


@deploy("Upgrade packages")
def upgrade() -> None:
    """Upgrade what can be; whether anything is left is read afterwards."""
    remote_script(
        name="Upgrade packages",
        script=UPGRADE,
        timeout=TIMEOUT,
        may_be_ended=False,
        shows="apt-get update && apt-get -y upgrade --with-new-pkgs",
    )


def apply(fleet: Fleet, *, before: Before, hosts: Sequence[str]) -> Result:
    """Upgrade the packages of the hosts at once; tell by host what is kept back.

    Raises ``Transient`` where packages are left that could be upgraded.
    """
    del before  # there is no way back
    pending = fleet.pending(hosts)
    printed, failures = fleet.try_run(upgrade, on=pending, timeout=TIMEOUT)
    found = fleet.facts(PendingPackages, on=list(printed), timeout=ASK_SECONDS)
    for host, packages in found.items():
        if not packages["upgradable"]:
            fleet.mark_done(host, _detail(packages["kept"]))
    raise_for(failures, "cannot upgrade the packages of the hosts")
    _require_none_left(found)
    return Result(
        {"kept_back": {host: packages["kept"][:MOST_KEPT] for host, packages in found.items()}}
    )


def _require_none_left(found: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
    left = {host: row["upgradable"] for host, row in found.items() if row["upgradable"]}
    if left:
        told = "; ".join(f"{host} has {_named(names)}" for host, names in left.items())
        raise Transient(
            f"cannot upgrade all packages: apt-get reported success, and {told} to upgrade still",
            advice=ADVICE,
        )


def _detail(kept: Sequence[str]) -> str:
    return f"upgraded; kept back: {_named(kept)}" if kept else "upgraded, nothing is left"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
