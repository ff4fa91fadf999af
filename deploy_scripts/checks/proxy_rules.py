"""What preflight has to say about web proxies, and whom they are not for. Pure."""

import ipaddress
import re
from collections.abc import Iterable, Iterator

from cluster.findings import Finding
from deploy_scripts.checks.host_facts import HostFacts
from deploy_scripts.checks.intent import Intent
from deploy_scripts.checks.verdicts import warn

PODS, SERVICES = "10.1.0.0/16", "10.152.183.0/24"
"""Where MicroK8s puts pods and services."""
ALWAYS = ("127.0.0.1", "localhost", PODS, SERVICES)
NICE = (".svc", ".cluster.local")
"""Names inside the cluster; asked for by pods, and not by MicroK8s itself."""
ENTRY = re.compile(r"[A-Za-z0-9.*:/_\[\]-]{1,255}", re.ASCII)
MOST_ENTRIES = 200
NAMED = 4


def judge_proxy(name: str, facts: HostFacts, intent: Intent) -> Iterator[Finding]:
    """Yield a warning where traffic between the nodes would go to a proxy."""
    if not facts.proxies:
        return
    needed = (*intent.addresses.values(), *ALWAYS)
    lists = [_entries(value) for value in facts.no_proxy] or [()]
    missing = [what for what in dict.fromkeys(needed) if not all(covers(e, what) for e in lists)]
    if not missing:
        return
    proxies = {key: _harmless(value) for key, value in facts.proxies.items()}
    shown = ", ".join(f"{key}={value}" for key, value in proxies.items())
    kept = [entry for entries in lists for entry in entries if ENTRY.fullmatch(entry)]
    line = ",".join(dict.fromkeys([*kept, *missing, *NICE]))
    advice = f"write into /etc/environment on {name}: NO_PROXY={line}; and the same for no_proxy"
    if not facts.no_proxy:
        yield warn(
            name,
            "proxy-without-no-proxy",
            f"{name} sends its web traffic to a proxy ({shown}), also that between nodes",
            advice,
            measured=proxies,
            needed=missing,
        )
        return
    named = ", ".join(missing[:NAMED])
    more = f" and {len(missing) - NAMED} more" if len(missing) > NAMED else ""
    yield warn(
        name,
        "no-proxy-incomplete",
        f"{name} sends its web traffic to a proxy ({shown}), and NO_PROXY leaves out {named}{more}",
        advice,
        measured=[value[:1000] for value in facts.no_proxy],
        needed=missing,
    )


def covers(entries: Iterable[str], what: str) -> bool:
    """Tell whether a list keeps ``what`` from the proxy, in every program that reads it.

    Go and Python agree on addresses, networks, names with what ends in them, and on an asterisk
    that stands alone. An entry with a port is for that port only, and patterns are for nobody.
    """
    entries = tuple(entries)
    if entries == ("*",):
        return True
    network = _network(what)
    if network is None:
        return any(_is_suffix(entry.lower(), what) for entry in entries)
    nets = filter(None, map(_network, entries))
    return any(network.subnet_of(entry) for entry in nets)


def _entries(value: str) -> tuple[str, ...]:
    return tuple(value.replace(",", " ").split()[:MOST_ENTRIES])


def _network(text: str) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(text, strict=False)
    except ValueError:
        return None


def _is_suffix(entry: str, name: str) -> bool:
    bare = entry.removeprefix("*").removeprefix(".")
    return name == bare or (bool(bare) and name.endswith(f".{bare}"))


def _harmless(url: str) -> str:
    """Return a proxy's address without the password that may stand in it."""
    scheme, mark, rest = url.rpartition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"[:100]
