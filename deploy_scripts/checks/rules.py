"""What preflight has to say about hosts that shall form or join a cluster. Pure."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations

from cluster.findings import Finding, Severity
from deploy_scripts.checks.host_facts import HostFacts
from deploy_scripts.checks.host_rules import judge_host
from deploy_scripts.checks.intent import CLUSTERED, Intent
from deploy_scripts.checks.network_rules import judge_network
from deploy_scripts.checks.probe_network import Probe
from deploy_scripts.checks.verdicts import inform, refuse, warn
from deploy_scripts.fleet.marks import Mark

SKEW_SECONDS = 1.0
ORDER = (Severity.REFUSE, Severity.WARN, Severity.INFO)


def judge(
    facts: Mapping[str, HostFacts],
    roles: Mapping[str, str],
    policy: str,
    *,
    addresses: Mapping[str, str],
    probes: Mapping[str, Probe] | None = None,
    members: Collection[str] = (),
    mark: Mark | None = None,
    channel: str = "",
) -> tuple[Finding, ...]:
    """Return every finding, the gravest first.

    ``addresses`` are the node addresses of all hosts that may belong to the cluster, ``probes`` is
    ``None`` where nothing was measured, ``members`` are hosts expected to be nodes already, and
    ``mark`` says for whom the hosts are checked.
    """
    intent = Intent(roles, policy, addresses, members, mark, channel)
    found: list[Finding] = []
    for name, host in facts.items():
        found += judge_host(name, host, intent)
    found += _same(facts)
    found += _same_address(facts, intent)
    found += _different(facts)
    found += _clocks(facts)
    found += _resolution(facts, addresses)
    if probes is not None:
        found += judge_network(probes, facts, roles)
    return tuple(sorted(found, key=lambda finding: ORDER.index(finding.severity)))


def _same(facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    """What must differ between hosts."""
    for identity, twins in _groups({n: f.machine_id for n, f in facts.items()}).items():
        yield refuse(
            None,
            "machine-id-duplicate",
            f"{' and '.join(twins)} have the same /etc/machine-id, as copied machines do",
            "on the copies: rm /etc/machine-id, systemd-machine-id-setup, and reboot",
            acceptable=True,
            measured=identity,
        )
    for identity, twins in _groups({n: f.product_uuid.lower() for n, f in facts.items()}).items():
        yield warn(
            None,
            "product-uuid-duplicate",
            f"{' and '.join(twins)} have the same hardware identity",
            "give each virtual machine a UUID of its own",
            measured=identity,
        )


def _same_address(facts: Mapping[str, HostFacts], intent: Intent) -> Iterator[Finding]:
    """A node address is one node's, and is on no other host."""
    addresses = {name: intent.addresses[name] for name in intent.roles}
    for address, twins in _groups(addresses).items():
        yield refuse(
            None,
            "node-address-duplicate",
            f"{' and '.join(twins)} have the same node address {address}",
            "give each the address by which the other nodes reach it: node_address in the "
            "inventory (machines behind NAT often share one)",
            measured=address,
        )
    for name, host in facts.items():
        has = {own.address for own in host.addresses} - {addresses[name]}
        for other in (peer for peer in addresses if peer != name and addresses[peer] in has):
            yield refuse(
                name,
                "node-address-taken",
                f"{name} too has {addresses[other]}, which is the node address of {other}",
                f"take it from {name}, or correct the node_address of {other} in the inventory",
                measured=addresses[other],
            )


def _groups(values: Mapping[str, str]) -> dict[str, list[str]]:
    """Return each value that several hosts share."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in values.items():
        if value:
            names[value].append(name)
    return {value: twins for value, twins in names.items() if len(twins) > 1}


def _different(facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    """What should be equal on all hosts."""
    systems = {name: host.os for name, host in facts.items() if host.os}
    if len(set(systems.values())) > 1:
        yield warn(
            None,
            "os-differs",
            "the hosts run different systems: "
            + ", ".join(f"{name} {system}" for name, system in systems.items()),
            "use the same release on all nodes",
            measured=systems,
        )
    kinds = {name: host.architecture for name, host in facts.items() if host.architecture}
    if len(set(kinds.values())) > 1:
        yield inform(
            None,
            "architecture-differs",
            f"the hosts have different processors: {', '.join(sorted(set(kinds.values())))}",
            "see that every image exists for all of them",
            measured=kinds,
        )


def _clocks(facts: Mapping[str, HostFacts]) -> Iterator[Finding]:
    clocks = {name: host.clock for name, host in facts.items() if host.clock}
    apart = {
        (a, b): skew
        for (a, one), (b, other) in combinations(clocks.items(), 2)
        if (skew := one.apart(other)) >= SKEW_SECONDS
    }
    # One wrong clock makes a pair with every other host: the fewest hosts that explain all pairs.
    while apart:
        counts = {name: sum(name in pair for pair in apart) for name in clocks}
        worst = max(counts, key=lambda name: (counts[name], name))
        skew = max(value for pair, value in apart.items() if worst in pair)
        others = sorted({name for pair in apart if worst in pair for name in pair} - {worst})
        yield refuse(
            worst,
            "clock-skew",
            f"the clock of {worst} is {skew:.1f} s off that of {', '.join(others)}",
            "set the clocks right: install chrony, or timedatectl set-ntp true",
            measured=round(skew, 3),
            needed=SKEW_SECONDS,
        )
        apart = {pair: value for pair, value in apart.items() if worst not in pair}


def _resolution(facts: Mapping[str, HostFacts], addresses: Mapping[str, str]) -> Iterator[Finding]:
    """Names that lead elsewhere; those unknown are entered into /etc/hosts later."""
    for name, host in facts.items():
        wrong = {
            peer: found
            for peer, found in host.resolves.items()
            if peer in addresses and found and found != addresses[peer] and peer != name
        }
        if wrong and host.role not in CLUSTERED:
            yield warn(
                name,
                "name-resolves-wrongly",
                f"{name} takes "
                + ", ".join(f"{peer} for {found}" for peer, found in sorted(wrong.items())),
                "correct DNS or /etc/hosts; preparing the hosts puts the right address first",
                measured=wrong,
            )
