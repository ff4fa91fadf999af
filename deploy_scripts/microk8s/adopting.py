"""How hosts are looked at that are thought to be the nodes of a cluster which nobody manages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from time import time
from typing import Any

from cluster.findings import Finding, Severity
from cluster.observation import Observation
from cluster.own_marks import own_addons, own_labels, own_taints
from deploy_scripts.checks.adoption_rules import MAY_TELL, NODES, Looked, judge_adoption
from deploy_scripts.fleet.errors import HostFailure, Permanent
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.outcome import raise_for
from deploy_scripts.microk8s.addons import SHOW_TIMEOUT, ShownAddons, ShownAddonsFact
from deploy_scripts.microk8s.facts import ClusterView, HostRole
from deploy_scripts.microk8s.machine_ids import MachineId, NodeMachines
from deploy_scripts.microk8s.observing import describe

NAMED = 3
"""How many refusals the error's own line tells."""


@dataclass(frozen=True, slots=True)
class FoundCluster:
    """A cluster that hosts are all the nodes of."""

    looked: Looked
    shown: ShownAddons
    findings: tuple[Finding, ...]

    def nodes(self) -> dict[str, dict[str, Any]]:
        """Return what each node is, by host and as a record has it, control plane nodes first."""
        seen = {row.host: row for row in self.looked.views[self.looked.teller].nodes or ()}
        return {
            host: {
                "role": role,
                "channel": self.looked.states[host]["channel"],
                "labels": own_labels(seen[host].labels),
                "taints": list(own_taints(seen[host].taints)),
            }
            for host, role in self.looked.roles.items()
        }

    def as_output(self) -> dict[str, Any]:
        """Return what a step keeps of it: what the record is to be, and what else was found."""
        addons = own_addons(self.shown.enabled)
        return {
            "record": {
                "nodes": self.nodes(),
                "addons": [self.shown.as_enabled(addon) for addon in addons],
            },
            "findings": [finding.as_dict() for finding in self.findings],
        }


def find_cluster(
    fleet: Fleet, hosts: Sequence[str], *, cluster: str, accept: Collection[str]
) -> FoundCluster:
    """Look at the cluster that ``hosts`` are all the nodes of; ``cluster`` is its name to be.

    Raises ``Permanent`` where they are not, with every reason as a finding, and ``Transient`` where
    a host does not answer.
    """
    looked = _look(fleet, hosts)
    findings = tuple(judge_adoption(looked, fleet.mark, cluster))
    refusals = [
        finding
        for finding in findings
        if finding.severity is Severity.REFUSE
        and not (finding.acceptable and finding.code in accept)
    ]
    if refusals:
        raise _refusal(cluster, refusals, findings)
    shown = fleet.facts(ShownAddonsFact, on=[looked.teller], timeout=SHOW_TIMEOUT)
    return FoundCluster(looked, shown[looked.teller], findings)


def _look(fleet: Fleet, hosts: Sequence[str]) -> Looked:
    states, failures = fleet.try_facts(HostRole, on=list(hosts))
    raise_for(failures, "cannot look at the hosts")
    tellers = [host for host in hosts if states[host]["role"] in MAY_TELL & NODES]
    told, _ = fleet.try_facts(ClusterView, on=tellers)
    addresses = {name: fleet.node_address(name) for name in fleet.names}
    views = {
        host: Observation.from_dict(
            {
                **describe(view, viewer=host, addresses=addresses),
                "seen_by": [host],
                "at": time(),
            }
        )
        for host, view in told.items()
        if view["members"]
    }
    looked = Looked(tuple(hosts), states, views, addresses)
    if not looked.teller:
        return looked
    own, _ = fleet.try_facts(MachineId, on=list(hosts))
    of_nodes, _ = fleet.try_facts(NodeMachines, on=[looked.teller])
    return replace(looked, machines=own, node_machines=of_nodes.get(looked.teller, {}))


def _refusal(cluster: str, refusals: Sequence[Finding], findings: Sequence[Finding]) -> Permanent:
    named = "; ".join(finding.message for finding in refusals[:NAMED])
    more = f"; and {len(refusals) - NAMED} more" if len(refusals) > NAMED else ""
    refuse = "finding refuses" if len(refusals) == 1 else "findings refuse"
    failures = {
        finding.host: HostFailure(
            finding.host, finding.message, advice=finding.advice, code=finding.code
        )
        for finding in reversed(refusals)
        if finding.host
    }
    return Permanent(
        f"cannot adopt cluster {cluster}: {len(refusals)} {refuse} ({named}{more})",
        failures=tuple(failures.values()),
        advice=f"{refusals[0].advice}; no host was changed",
        findings=findings,
    )
