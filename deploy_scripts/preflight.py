"""Checks on all hosts and between them, before any of them is changed.

One SSH channel per host for its facts, one for the network; nothing is written anywhere.
Everything is found before anything is said, so that an operator sees all of it at once.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from cluster.findings import Finding, Severity
from deploy_scripts.checks.host_facts import HostFacts
from deploy_scripts.checks.host_survey import Survey
from deploy_scripts.checks.policy import POLICIES
from deploy_scripts.checks.probe_network import Probe, probe
from deploy_scripts.checks.rules import judge
from deploy_scripts.fleet.errors import HostFailure, Permanent, StepError, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = True
NAMED = 3
"""How many refusals the error's own line tells."""
UNREAD = frozenset({"command-failed", "no-answer"})
UNANSWERED = frozenset({"unreachable", "timeout", "not-surveyed"})


def apply(
    fleet: Fleet,
    *,
    before: Before,
    roles: Mapping[str, str],
    policy: str,
    accept: Collection[str] = (),
    members: Collection[str] = (),
    joining: bool = True,
    channel: str = "",
) -> Result:
    """Check the hosts in ``roles``; raise ``Permanent`` where a finding refuses.

    ``members`` are hosts expected to be nodes of the cluster already; with ``joining`` false no
    host is to reach another, and the network between them is not measured. ``channel`` is what
    will be installed. What bears another mark than the fleet's is not touched.
    """
    del before  # nothing is changed
    if policy not in POLICIES:
        known = ", ".join(POLICIES)
        raise Permanent(f"cannot check the hosts: there is no policy {policy}; use one of {known}")
    addresses = {name: fleet.node_address(name) for name in fleet.names}
    facts, failures = _survey(fleet, tuple(roles), addresses, channel)
    probes = _probes(fleet, facts, roles) if joining and len(roles) > 1 else None
    findings = (
        *map(_failed, failures),
        *judge(
            facts,
            roles,
            policy,
            addresses=addresses,
            probes=probes,
            members=members,
            mark=fleet.mark if fleet.mark.job else None,
            channel=channel,
        ),
    )
    _mark_fit(fleet, roles, findings, accept)
    refusals = [finding for finding in findings if _refuses(finding, accept)]
    if refusals:
        raise _refusal(refusals, findings, failures)
    output = {
        "findings": [finding.as_dict() for finding in findings],
        "facts": {name: compact(host, fleet.node_address(name)) for name, host in facts.items()},
        "round_trips_ms": {name: dict(seen.round_trips) for name, seen in (probes or {}).items()},
    }
    return Result(output)


def _survey(
    fleet: Fleet, hosts: tuple[str, ...], addresses: Mapping[str, str], channel: str
) -> tuple[dict[str, HostFacts], tuple[HostFailure, ...]]:
    """Ask all hosts at once; the store is asked by the first, since it tells all the same."""
    found, failures = fleet.try_facts(
        Survey,
        on=hosts,
        names=hosts,
        addresses=tuple(addresses[name] for name in hosts),
        channel=channel,
        store_asked_by=hosts[0],
    )
    return found, failures


def _probes(
    fleet: Fleet, facts: Mapping[str, HostFacts], roles: Mapping[str, str]
) -> dict[str, Probe]:
    """Measure between the hosts that can take part: with a Python and the address they should."""
    able = {
        name: roles[name]
        for name, host in facts.items()
        if host.python and host.own(fleet.node_address(name))
    }
    probes, _ = probe(fleet, able)
    return probes


def compact(facts: HostFacts, address: str) -> dict[str, Any]:
    """Return what is worth keeping of a host's facts."""
    own = facts.own(address)
    return {
        "hostname": facts.hostname,
        "os": facts.os,
        "architecture": facts.architecture,
        "cpus": facts.cpus,
        "memory": facts.memory,
        "disk_size": facts.disk_size,
        "disk_available": facts.disk_available,
        "link_mbit": facts.speeds.get(own.interface) if own else None,
        "snapd": facts.snapd,
        "microk8s": facts.role,
        "channel": facts.channel,
    }


def _failed(failure: HostFailure) -> Finding:
    """A host that could not be asked refuses, whatever the reason."""
    code = "not-surveyed" if failure.code in UNREAD else failure.code
    advice = failure.advice or (
        f"log in to {failure.host} as Clusterwright does, and see why a command such as "
        "'sudo -n true' does not run there"
    )
    return Finding(code, Severity.REFUSE, failure.message, advice, host=failure.host)


def _refuses(finding: Finding, accept: Collection[str]) -> bool:
    accepted = finding.acceptable and finding.code in accept
    return finding.severity is Severity.REFUSE and not accepted


def _mark_fit(
    fleet: Fleet, roles: Mapping[str, str], findings: Iterable[Finding], accept: Collection[str]
) -> None:
    """Mark the hosts that nothing refuses as done, with the codes of what was warned of."""
    about: dict[str, list[Finding]] = {name: [] for name in roles}
    for finding in findings:
        if finding.host:
            about[finding.host].append(finding)
    for name, host_findings in about.items():
        if not any(_refuses(finding, accept) for finding in host_findings):
            warned = {
                finding.code for finding in host_findings if finding.severity is not Severity.INFO
            }
            fleet.mark_done(name, ", ".join(sorted(warned)) or "fit")


def _refusal(
    refusals: list[Finding], findings: tuple[Finding, ...], failures: tuple[HostFailure, ...]
) -> StepError:
    """Tell all of it; a host that merely did not answer may do so in another attempt."""
    named = "; ".join(finding.message for finding in refusals[:NAMED])
    more = f"; and {len(refusals) - NAMED} more" if len(refusals) > NAMED else ""
    refuse = "finding refuses" if len(refusals) == 1 else "findings refuse"
    acceptable = sorted({finding.code for finding in refusals if finding.acceptable})
    overridable = f"or override with accept: {', '.join(acceptable)}" if acceptable else ""
    kind = Transient if {finding.code for finding in refusals} <= UNANSWERED else Permanent
    return kind(
        f"cannot start: {len(refusals)} {refuse} ({named}{more})",
        failures=(*failures, *_as_failures(refusals, failures)),
        advice="; ".join(filter(None, (refusals[0].advice, overridable, "no host was changed"))),
        findings=findings,
    )


def _as_failures(
    refusals: Iterable[Finding], failures: Iterable[HostFailure]
) -> Iterator[HostFailure]:
    """The refusals as failures of their hosts, without those that were failures to begin with."""
    known = {failure.host for failure in failures}
    for finding in refusals:
        if finding.host and finding.host not in known:
            yield HostFailure(
                finding.host, finding.message, advice=finding.advice, code=finding.code
            )
