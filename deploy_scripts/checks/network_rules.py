"""What preflight has to say about the network between hosts. Pure."""

from collections.abc import Iterator, Mapping

from cluster.findings import Finding
from deploy_scripts.checks.host_facts import HostFacts
from deploy_scripts.checks.probe_network import Probe
from deploy_scripts.checks.verdicts import inform, refuse, warn

WANTED_MS, MOST_MS = 10.0, 50.0
"""Round trips: the datastore's writes wait for a majority, and elections begin when it is late."""


def judge_network(
    probes: Mapping[str, Probe], facts: Mapping[str, HostFacts], roles: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield what the hosts' measurements of each other say."""
    for name, probe in probes.items():
        for peer, ports in probe.reached.items():
            if peer in probes:
                yield from _reach(name, peer, ports, probes[peer], facts)
    yield from _delays(probes, roles)
    missing = [name for name in facts if name not in probes]
    if missing:
        yield warn(
            None,
            "network-not-measured",
            f"the network from and to {', '.join(missing)} was not measured",
            "install python3 (3.7 or newer) there and correct what else is said of them; "
            "or check the ports yourself",
            measured=missing,
        )


def _reach(
    name: str, peer: str, ports: Mapping[str, str], other: Probe, facts: Mapping[str, HostFacts]
) -> Iterator[Finding]:
    closed = {
        port: state
        for port, state in ports.items()
        if state != "open" and other.listening.get(port) == "open"
    }
    if not closed:
        return
    listed = ", ".join(f"{port} ({state})" for port, state in closed.items())
    if facts[peer].ufw_active or facts[name].ufw_active:
        yield inform(
            name,
            "port-behind-ufw",
            f"{name} cannot reach {peer} at {listed}, and ufw is active",
            "preparing the hosts allows it in ufw",
            measured=closed,
        )
        return
    all_of_them = "at all: " if len(closed) == len(ports) else "at "
    yield refuse(
        name,
        "port-closed",
        f"{name} cannot reach {peer} {all_of_them}{listed}",
        f"open these ports from {name} to {peer} in the firewall between them",
        acceptable=True,
        measured=closed,
    )


def _delays(probes: Mapping[str, Probe], roles: Mapping[str, str]) -> Iterator[Finding]:
    """Judge each pair once, by the least round trip: a busy host makes the others longer."""
    for pair, (least, mean) in _pairs(probes).items():
        if least < WANTED_MS:
            continue
        name, peer = pair
        message = f"{name} and {peer} are {least:.1f} ms apart (mean {mean:.1f} ms)"
        measured = {"least_ms": least, "mean_ms": mean}
        voters = all(roles[each] == "control-plane" for each in pair)
        if least >= MOST_MS and voters:
            yield refuse(
                name,
                "delay-too-long",
                f"{message}; the datastore needs less than {MOST_MS:.0f}",
                "put the control plane nodes into one local network",
                acceptable=True,
                measured=measured,
                needed=MOST_MS,
            )
        else:
            yield warn(
                name,
                "delay-long",
                f"{message}; less than {WANTED_MS:.0f} is recommended",
                "put the nodes into one local network",
                measured=measured,
                needed=WANTED_MS,
            )


def _pairs(probes: Mapping[str, Probe]) -> dict[tuple[str, str], tuple[float, float]]:
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for name, probe in probes.items():
        for peer, times in probe.round_trips.items():
            pair = (min(name, peer), max(name, peer))
            found[pair] = min(found.get(pair, times), times)
    return found
