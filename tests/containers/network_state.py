"""Firewall rules, bridges and forwarding of this machine: recorded, put back, compared.

``network_state.py record FILE`` before a container engine starts, ``put-back FILE`` after it has
ended. Only what was added since is removed; what differs even then is shown, and ends with 1.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
BRIDGES = re.compile(r"(br-[0-9a-f]{12}|veth[0-9a-f]+|docker0|cw-e2e0)")
COUNTERS = re.compile(r"\s*\[\d+:\d+\]")
State = dict[str, Any]


def look() -> State:
    """Return what an engine could change of this machine's network."""
    return {
        "rules": _rules(),
        "links": sorted(path.name for path in Path("/sys/class/net").iterdir()),
        "forward": FORWARD.read_text().strip(),
    }


def _rules() -> dict[str, list[str]]:
    """Return each table's chains and rules as iptables-save prints them, without its counters."""
    found: dict[str, list[str]] = {}
    for line in _run("iptables-save").splitlines():
        if line.startswith("*"):
            rules = found.setdefault(line[1:], [])
        elif line[:1] in {":", "-"}:
            rules.append(COUNTERS.sub("", line))
    return found


def put_back(before: Mapping[str, Any]) -> None:
    """Take back what has been added since: rules, chains, policies, bridges, forwarding."""
    now = look()
    for table, rules in now["rules"].items():
        earlier = before["rules"].get(table)
        script = "\n".join(_reversal(rules, earlier or []))
        _run("iptables-restore", "--noflush", feed=f"*{table}\n{script}\nCOMMIT\n")
        if earlier is None:
            _forget(table)
    for link in sorted(set(now["links"]) - set(before["links"])):
        if BRIDGES.fullmatch(link) and Path("/sys/class/net", link).exists():
            _run("ip", "link", "delete", link)
    if FORWARD.read_text().strip() != before["forward"]:
        FORWARD.write_text(before["forward"])


def _forget(table: str) -> None:
    """Remove a table that has no rule left; only the newer packet filter lets us."""
    rules = _rules().get(table, ["-A"])
    if shutil.which("nft") and not any(line.startswith("-") for line in rules):
        subprocess.run(["nft", "delete", "table", "ip", table], capture_output=True, check=False)


def _reversal(now: Iterable[str], before: Iterable[str]) -> Iterable[str]:
    """Yield the lines for iptables-restore that lead from one state of a table to the earlier."""
    known = set(before)
    policies = {line.split()[0]: line for line in known if line.startswith(":")}
    added = [line for line in now if line not in known]
    yield from (f"-D{line[2:]}" for line in added if line.startswith("-A"))
    chains = [line.split() for line in added if line.startswith(":")]
    yield from (
        f"{policies.get(chain, f'{chain} ACCEPT')} [0:0]" for chain, p in chains if p != "-"
    )
    own = [chain.lstrip(":") for chain, policy in chains if policy == "-"]
    yield from (f"-F {chain}" for chain in own)
    yield from (f"-X {chain}" for chain in own)


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Return what is not as it was, a line each."""
    found = [f"ip_forward: {before['forward']} -> {now['forward']}"] * (
        before["forward"] != now["forward"]
    )
    for link in sorted(set(now["links"]) - set(before["links"])):
        if BRIDGES.fullmatch(link):
            found.append(f"link {link} is left")
    for table in sorted({*before["rules"], *now["rules"]}):
        # An empty table that lets everything through is as good as none.
        earlier, later = before["rules"].get(table, []), now["rules"].get(table, [])
        lost = [line for line in earlier if line not in later]
        found += [f"table {table}, gone: {line}" for line in lost]
        added = [line for line in later if line not in earlier]
        found += [f"table {table}, left: {line}" for line in added if not line.endswith(" ACCEPT")]
    return found


def _run(*command: str, feed: str | None = None) -> str:
    done = subprocess.run(command, input=feed, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"cannot run {' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def main(action: str, file: Path) -> None:
    """Record, or put back and compare."""
    if action == "record":
        file.write_text(json.dumps(look(), indent=1))
        return
    before: State = json.loads(file.read_text())
    put_back(before)
    left = differences(before, look())
    if left:
        sys.exit("cannot put the network back as it was:\n  " + "\n  ".join(left))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
