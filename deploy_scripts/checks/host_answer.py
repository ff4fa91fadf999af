"""A host's answer to the survey, read into facts. Pure.

A host may print anything: what does not look as it should is unknown, lines and lists are cut where
no honest one ends, and nothing that moves a terminal's cursor gets through.
"""

import ipaddress
import math
import re
from collections.abc import Mapping, Sequence

from cluster.printable import short
from deploy_scripts.checks.host_answer_network import (
    addresses,
    devices,
    listening,
    resolved,
    routes,
    speeds,
    ways,
)
from deploy_scripts.checks.host_facts import Clock, HostFacts
from deploy_scripts.checks.node_names import told_name
from deploy_scripts.fleet.marks import Mark
from deploy_scripts.microk8s.facts import parse_role
from deploy_scripts.microk8s.store_channels import parse_channels

MOST_SECTIONS = 100
"""A survey has some forty."""
MOST_LINES = 4000
"""Of one section; a busy server has hundreds of listeners."""
LONGEST_LINE = 4000
LONGEST_WORDS = 300
"""Of a fact; only the value of NO_PROXY, which may name every node, is as long as a line."""
MOST_PEERS = 100
PROXIES = ("http_proxy", "https_proxy", "all_proxy")
PEER = re.compile(r"(?<![\d.])(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}):\d{1,5}\b", re.ASCII)
IDENTITY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}", re.ASCII)


def parse(lines: Sequence[str], *, received: float) -> HostFacts:
    """Read a survey's sections; ``received`` is our time at its end."""
    of = _Sections.of(lines)
    role = parse_role(_role_lines(of["microk8s"]))
    hostname, architecture = _system(of["system"])
    size, available, inodes, inodes_free = _disk(of["disk"])
    settings = _settings(of["environment"]) | _settings(of["proxy"])
    kind = of.first("container")
    return HostFacts(
        sudo=of.words("sudo") or "no answer",
        root_sudo=of.words("root-sudo") or "yes",
        python=of.first("python"),
        hostname=hostname,
        hostname_file=of.first("hostname-file"),
        machine_id=of.first("machine-id"),
        product_uuid=of.first("product-uuid"),
        os=_os(of["os"]),
        architecture=architecture,
        cpus=number(of.first("cpus")),
        memory=_memory(of.first("memory")),
        disk_size=size,
        disk_available=available,
        inodes=inodes,
        inodes_free=inodes_free,
        rotational=_rotational(of["rotational"]),
        addresses=addresses(of["network"]),
        routes=routes(of["network"]),
        ways=ways(of["network"]),
        devices=devices(of["links"]),
        speeds=speeds(of["speeds"]),
        snapd=_snapd(of["snap"]),
        role=role["role"],
        role_reason=role["reason"],
        channel=role["channel"],
        ours=bool(role["ours"]),
        mark=_mark(of["mark"]),
        channels=parse_channels(of["store"]),
        peers=_peers([*of["members"], *of["endpoints"]]),
        listening=listening(of["listening"]),
        foreign=_cut([line for line in of["foreign"] if line.startswith("/")][:20]),
        synchronised=_synchronised(of.first("time")),
        proxies={name: settings[name] for name in PROXIES if settings.get(name)},
        no_proxy=_no_proxy(settings),
        ufw_active=of.first("ufw") == "Status: active",
        memory_cgroup=_memory_cgroup(of["cgroups"], of["controllers"]),
        container=kind,
        lacks=_cut(of["lacks"][:5]) if kind else (),
        modprobe={"found": True, "missing": False}.get(of.first("modprobe")),
        modules=_cut(of["modprobe"][1:20]),
        manage_etc_hosts=_manage_etc_hosts(of["cloud-init"]),
        resolves=resolved(of["resolve"]),
        clock=_clock(of, received),
    )


def shown(line: str) -> str:
    """Return a line without what cannot be shown, and no longer than an honest one."""
    return short(line[: LONGEST_LINE + 1].strip(), LONGEST_LINE)


def number(text: str) -> int | None:
    return int(text) if len(text) <= 18 and text.isascii() and text.isdecimal() else None


def _cut(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(line[:LONGEST_WORDS] for line in lines)


class _Sections(dict[str, list[str]]):
    """The lines below each heading; a heading that is not there has none."""

    @classmethod
    def of(cls, lines: Sequence[str]) -> "_Sections":
        """Sort lines under their headings, as far as a survey has so many."""
        sections = cls()
        current: list[str] = []
        for line in lines:
            if line.startswith("@@"):
                name = line[2:60].strip()
                is_known = name in sections or len(sections) < MOST_SECTIONS
                current = sections.setdefault(name, []) if is_known else []
            elif len(current) < MOST_LINES and (text := shown(line)):
                current.append(text)
        return sections

    def __missing__(self, name: str) -> list[str]:
        return []

    def first(self, name: str) -> str:
        return next((line[:LONGEST_WORDS] for line in self[name]), "")

    def words(self, name: str) -> str:
        return " ".join(self[name][:10])[:LONGEST_WORDS]


def _role_lines(lines: Sequence[str]) -> list[str]:
    """The role probe's answer without what is no answer of it."""
    return [
        line[:LONGEST_WORDS]
        for line in lines
        if not line.startswith("members=") or number(line[8:]) is not None
    ]


def _system(lines: Sequence[str]) -> tuple[str, str]:
    """Read ``uname -nm``; all but its last word is what the host calls itself."""
    *own, architecture = " ".join(lines[:10]).split() or [""]
    return told_name(own), architecture[:LONGEST_WORDS]


def _memory(line: str) -> int | None:
    words = line.split()
    amount = number(words[1]) if len(words) == 3 and words[0] == "MemTotal:" else None
    return amount * 1024 if amount is not None else None


def _os(lines: Sequence[str]) -> str:
    fields = {key: value.strip("\"'") for key, _, value in (line.partition("=") for line in lines)}
    return f"{fields.get('ID', '')} {fields.get('VERSION_ID', '')}".strip()[:LONGEST_WORDS]


def _disk(lines: Sequence[str]) -> tuple[int | None, int | None, int | None, int | None]:
    """Read sizes and inodes; a file system that makes inodes as it needs them counts none."""
    words = lines[-1].split() if len(lines) > 1 else []
    if len(words) < 5:
        return None, None, None, None
    size, available, inodes, free = map(number, words[-4:])
    return size, available, inodes or None, free if inodes else None


def _rotational(lines: Sequence[str]) -> bool | None:
    known = [line for line in lines if line in {"0", "1"}]
    return all(line == "1" for line in known) if known else None


def _snapd(lines: Sequence[str]) -> str:
    rows = dict(line.split(None, 1) for line in lines if len(line.split(None, 1)) > 1)
    return rows.get("snapd", "")[:60]


def _mark(lines: Sequence[str]) -> Mark:
    rows = {key: value for key, _, value in (line.partition("=") for line in lines[:20])}
    texts = {name: rows.get(name, "") for name in ("installation", "cluster", "job")}
    known = {name: text if IDENTITY.fullmatch(text) else "" for name, text in texts.items()}
    return Mark(known["installation"], known["cluster"], known["job"])


def _peers(lines: Sequence[str]) -> tuple[str, ...]:
    found = {peer for line in lines for peer in PEER.findall(line)}
    return tuple(sorted(filter(_is_peer, found)))[:MOST_PEERS]


def _is_peer(text: str) -> bool:
    try:
        return not ipaddress.IPv4Address(text).is_loopback
    except ValueError:
        return False


def _synchronised(line: str) -> bool | None:
    return {"NTPSynchronized=yes": True, "NTPSynchronized=no": False}.get(line)


def _settings(lines: Sequence[str]) -> dict[str, str]:
    """Read what a start file sets; proxies are known by their lower-case name too."""
    found: dict[str, str] = {}
    for line in lines:
        key, _, value = line.removeprefix("export ").partition("=")
        name, text = key.strip(), value.strip().strip("\"'")
        found[name] = text
        if name.lower() in PROXIES and text:
            found[name.lower()] = text[:LONGEST_WORDS]
    return found


def _no_proxy(settings: Mapping[str, str]) -> tuple[str, ...]:
    values = (settings.get(name, "") for name in ("no_proxy", "NO_PROXY"))
    return tuple(dict.fromkeys(value for value in values if value))


def _memory_cgroup(groups: Sequence[str], controllers: Sequence[str]) -> bool | None:
    """Whether a host can limit memory; newer kernels tell in the second place alone."""
    if "memory" in " ".join(controllers[:5]).split():
        return True
    rows = {words[0]: words[-1] for words in (line.split() for line in groups) if len(words) == 4}
    if rows.get("memory") == "1":
        return True
    return False if rows or controllers else None


def _manage_etc_hosts(lines: Sequence[str]) -> str:
    """Return cloud-init's last word: later files speak louder."""
    for line in reversed(lines):
        _, _, value = line.partition(":")
        return value.partition("#")[0].strip().strip("\"'").lower()[:20]
    return ""


def _clock(of: _Sections, received: float) -> Clock | None:
    """Bound the clock's offset: it was read after we asked, and before we had the answer."""
    try:
        sent, start, end = (float(of.first(name)[:40]) for name in ("sent", "start", "end"))
    except ValueError:
        return None
    clock = Clock(least=end - received, most=start - sent)
    return clock if math.isfinite(clock.least) and math.isfinite(clock.most) else None
