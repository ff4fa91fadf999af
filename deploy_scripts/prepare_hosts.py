"""Prepare hosts for MicroK8s: names, kernel settings and modules, firewall, time.

Every change is noted on the host before it is made, so that ``undo`` takes back exactly that, also
after an interruption. A host that is still a node of a cluster keeps its preparation.
"""

from collections.abc import Mapping, Sequence

from pyinfra.api import deploy
from pyinfra.context import host

from cluster.findings import Severity
from cluster.printable import short
from deploy_scripts.checks.host_facts import HostFacts
from deploy_scripts.checks.network_rules import judge_network
from deploy_scripts.checks.node_names import OwnName, fault_of, host_lines
from deploy_scripts.checks.probe_network import PORTS, probe
from deploy_scripts.fleet.errors import HostFailure, Permanent, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import KEPT, OWN
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.fleet.shell import remote_script
from deploy_scripts.microk8s.facts import DATA
from deploy_scripts.preparation import hosts_file, kernel_settings
from deploy_scripts.preparation import record as preparation_record
from deploy_scripts.preparation.kernel_settings import MODULES, MODULES_FILE, SETTINGS, SYSCTL_FILE
from deploy_scripts.preparation.record import given
from deploy_scripts.protocol import Before, Result

__all__ = ["MODULES_FILE", "SYSCTL_FILE", "apply", "host_lines", "prepare_script", "undo"]
INTERRUPTIBLE = True
UNDO = "does"
ASKS = False
TIMEOUT = 120
POD_INTERFACES = ("vxlan.calico", "cali+")
NOTE = "note: "
LONGEST_NOTE = 200
MOST_NOTES = 20

FIREWALL = r"""
status=$(ufw status 2>/dev/null)
case "$status" in "Status: active"*)
  echo ufw=active
  # Rules for everybody, one "PORT VERDICT" a line; ufw would turn a refusal into our permission.
  rules_there=$nl$(printf '%s\n' "$status" | awk '$3 == "Anywhere" {print $1, $2}')$nl
  while IFS= read -r rule; do
    case "$rules_there" in
      *"$nl$rule ALLOW$nl"*) continue;;
      *"$nl$rule DENY$nl"*|*"$nl$rule REJECT$nl"*|*"$nl$rule LIMIT$nl"*)
        hopeless "allow $rule in ufw: a rule of the host denies or limits it: \
look at 'ufw status', and delete that rule";;
    esac
    ours=; noted "ufw $rule" && ours=1
    note "ufw $rule"
    printed=$(ufw allow $rule 2>&1 </dev/null) || fail "allow $rule in ufw: $printed"
    case "$printed" in *Skipping*) [ -n "$ours" ] || forget "ufw $rule$nl";; esac
  done <<RULES
$rules
RULES
esac
"""

TIME = r"""
if [ "$(timedatectl show -p NTP --value 2>/dev/null)" = no ]; then
  note ntp
  timedatectl set-ntp true 2>/dev/null
  [ "$(timedatectl show -p NTP --value 2>/dev/null)" = yes ] || {
    forget "ntp$nl"; tell 'time synchronisation is not available'; }
fi
"""

PREPARE = (
    preparation_record.SHELL
    + hosts_file.SHELL
    + kernel_settings.SHELL
    + preparation_record.BEGIN_RECORD
    + hosts_file.NOTE_ADDED
    + hosts_file.WRITE
    + kernel_settings.RAISE
    + kernel_settings.LOAD
    + FIREWALL
    + TIME
    + hosts_file.COMPARE
    + hosts_file.RESOLVE
)

# Of a node that another job prepared, only the names that this one added go.
REFUSE_ANOTHERS = f"""
job_of "$record_rows"; theirs=$job; job_of "$marks"
if [ "$theirs" != "$job" ]; then
{hosts_file.TAKE_ADDED_BACK}
  [ -n "$theirs" ] && theirs="job $theirs" || theirs="a job that is not known"
  echo "{KEPT}prepared by $theirs"
  exit 0
fi
"""

# What fails is told at the end: nothing that can be taken back has to wait for it.
TAKE_BACK = (
    preparation_record.SHELL
    + hosts_file.SHELL
    + kernel_settings.SHELL
    + """
[ -e "$record" ] || exit 0
if [ "$whoever" != yes ]; then
"""
    + REFUSE_ANOTHERS
    + f"""
fi
L={DATA}/var/lock
if [ -e "$L/no-cert-reissue" ] || [ -e "$L/clustered.lock" ]; then
  echo '{KEPT}still a node'; exit 0
fi
troubled=
trouble() {{ echo "cannot $1" >&2; troubled=1; }}
"""
    + kernel_settings.TAKE_BACK
    + hosts_file.TAKE_BACK
    + f"""
if noted_any 'ufw ' && command -v ufw >/dev/null; then
  rows 'ufw '
  while IFS= read -r rule; do
    [ -n "$rule" ] || continue
    printed=$(ufw delete allow $rule 2>&1 </dev/null) || case "$printed" in
      *non-existent*) ;;
      *) trouble "delete rule $rule from ufw: ${{printed##*"$nl"}}";;
    esac
  done <<RULES
$found
RULES
fi
if noted ntp && [ "$(timedatectl show -p NTP --value 2>/dev/null)" = yes ]; then
  timedatectl set-ntp false || trouble "switch time synchronisation off again"
fi
[ -z "$troubled" ] || exit 1
rm -f "$record" || tell "$record stays: it cannot be removed"
rmdir {OWN} 2>/dev/null; true
"""
)


@deploy("Prepare")
def prepare(roles: Mapping[str, str], names: Sequence[str], mark_lines: str = "") -> None:
    """Write, apply and read back; does nothing where all of it is done."""
    script = prepare_script(roles[host.name], names, mark_lines)
    remote_script(name="Prepare the host", script=script, timeout=TIMEOUT)


def prepare_script(role: str, names: Sequence[str], mark_lines: str = "") -> str:
    """Return what prepares a host of a role, which learns the lines ``names``.

    ``mark_lines`` begin the host's record, so that only the job which they name undoes it.
    """
    values = given(
        marks=mark_lines.strip(),
        edit=hosts_file.EDIT,
        names="\n".join(names),
        settings=" ".join(f"{key}={value}" for key, value in SETTINGS.items()),
        keys=" ".join(SETTINGS),
        modules=" ".join(MODULES),
        rules="\n".join(firewall_rules(role)),
    )
    return values + PREPARE


@deploy("Take back the preparation")
def take_back(mark_lines: str = "") -> None:
    """Remove what ``prepare`` noted that it wrote."""
    script = take_back_script(mark_lines)
    remote_script(name="Take back the preparation", script=script, timeout=TIMEOUT)


def take_back_script(mark_lines: str = "", *, whoever: bool = False) -> str:
    """Return what takes back the preparation by the job of ``mark_lines``, or by ``whoever``."""
    values = given(marks=mark_lines.strip(), edit=hosts_file.EDIT, whoever="yes" if whoever else "")
    return values + TAKE_BACK


def firewall_rules(role: str) -> tuple[str, ...]:
    """Return what ufw has to allow on a node of a role: its ports, and all of its pods' traffic."""
    both_ways = (f"{way} on {name}" for name in POD_INTERFACES for way in ("in", "out"))
    return (*PORTS[role], *both_ways)


def apply(
    fleet: Fleet, *, before: Before, hosts: Sequence[str], roles: Mapping[str, str]
) -> Result:
    """Prepare ``hosts``; they learn the names of all hosts in ``roles``."""
    del before  # it is noted on the hosts
    pending = fleet.pending(hosts)
    if not pending:
        return Result()
    everyone = tuple(dict.fromkeys((*roles, *hosts)))
    own_names, failures = fleet.try_facts(OwnName, on=everyone)
    raise_for(failures, "cannot prepare the hosts")
    # Asked again after preflight, so judged again: a host may answer otherwise by now.
    _refuse_names(own_names, fleet.names)
    addresses = {name: fleet.node_address(name) for name in everyone}
    printed, failures = fleet.try_run(
        prepare,
        on=pending,
        timeout=TIMEOUT,
        roles=roles,
        names=host_lines(addresses, own_names),
        mark_lines=_mark_lines(fleet),
    )
    for name, lines in printed.items():
        fleet.mark_done(name, "; ".join(("prepared", *_notes(lines))))
    raise_for(failures, "cannot prepare the hosts")
    _check_through_ufw(fleet, roles, [name for name in printed if "ufw=active" in printed[name]])
    return Result()


def _refuse_names(own_names: Mapping[str, str], names: Sequence[str]) -> None:
    """Raise ``Permanent`` where a host calls itself what it may not be called."""
    faults = {name: fault_of(name, own_name, names) for name, own_name in own_names.items()}
    failures = [
        HostFailure(
            name,
            fault.message,
            operation="Read its own name",
            command="uname -n",
            advice=fault.advice,
            code=fault.code,
        )
        for name, fault in faults.items()
        if fault
    ]
    if failures:
        more = f"; and {len(failures) - 1} more" if len(failures) > 1 else ""
        raise Permanent(
            f"cannot prepare the hosts: {failures[0].message}{more}",
            failures=failures,
            advice=failures[0].advice,
        )


def _mark_lines(fleet: Fleet) -> str:
    """Return the rows that begin a host's record: by which job it is prepared, where known."""
    return f"{preparation_record.JOB}{fleet.mark.job}" if fleet.mark.job else ""


def _notes(lines: Sequence[str]) -> list[str]:
    """Return what a host has to tell beside that it is done, made safe to show."""
    notes = [line.removeprefix(NOTE) for line in lines if line.startswith(NOTE)][:MOST_NOTES]
    return [short(line, LONGEST_NOTE) for line in notes]


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


def undo(fleet: Fleet, *, before: Before, hosts: Sequence[str], roles: Mapping[str, str]) -> Result:
    """Take back what ``apply`` wrote, on hosts that are no node any more."""
    del before
    printed, failures = fleet.try_run(
        take_back, on=fleet.pending(hosts), timeout=TIMEOUT, mark_lines=_mark_lines(fleet)
    )
    for name, lines in printed.items():
        kept = next((line for line in lines if line.startswith(KEPT)), "as before")
        kept = kept.replace("still a node", f"still a {roles[name]} node")
        fleet.mark_done(name, "; ".join(_notes([f"{NOTE}{kept}", *lines])))
    raise_for(failures, "cannot take back the preparation of the hosts")
    return Result()
