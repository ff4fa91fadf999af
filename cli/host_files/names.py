"""Names and ways as Ansible and SSH write them, brought to those of the inventory."""

import ipaddress
import shlex

from cli.host_files.reading import Row

WITH_VALUES = "BbcDEeFIiJLlmOopQRSWw"
"""Options of ``ssh`` that take a value."""


class NoWay(Exception):
    """What stands there is no jump host that can be read."""


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def take_name(row: Row) -> None:
    """Name a host as it is called, without a domain: names here are one label."""
    if is_address(row.called):
        row.fault(
            "",
            "cannot use an address as name; write a name before it, and the address behind "
            "ansible_host= or HostName",
        )
    short, dot, _ = row.called.partition(".")
    if dot:
        row.notes.append("called without its domain here")
    row.values["name"] = short


def check_address(row: Row) -> None:
    """Note where a host is told by a name that somebody else would have to look up."""
    address = row.values.get("address", "")
    if address and not is_address(str(address)):
        row.fault(
            "address",
            f"cannot use the name {address}: hosts have fixed addresses; write the one that "
            f"{shlex.join(['getent', 'ahostsv4', str(address)])} prints",
        )


def settle_jumps(rows: list[Row]) -> None:
    """Make of what stands before each host the name of its jump host.

    It may be called by name or by address. One that the file does not have may be in the inventory.
    """
    known: dict[str, Row] = {}
    for row in rows:
        for name in (row.called, row.name, str(row.values.get("address", ""))):
            known.setdefault(name, row)
    for row in rows:
        if row.via:
            _settle(row, known)


def _settle(row: Row, known: dict[str, Row]) -> None:
    hops = [_host_of(hop) for hop in row.via.split(",")]
    last = hops.pop()
    found = known.get(last)
    if found is None and is_address(last):
        row.fault("jump", f"cannot find the jump host: no host of the file has address {last}")
        return
    row.values["jump"] = found.name if found else last.partition(".")[0]
    if hops:
        before = found and known.get(_host_of(found.via.rpartition(",")[2]))
        if before is None or before is not known.get(hops[-1]):
            row.fault(
                "jump",
                f"cannot take two jump hosts from one host; give {last} the jump host {hops[-1]} "
                f"in the file, and this one {last} alone",
            )


def _host_of(hop: str) -> str:
    """Return the host of ``[user@]host[:port]``, with or without ``ssh://``."""
    return hop.strip().removeprefix("ssh://").rpartition("@")[2].partition(":")[0].rstrip("/")


def way_in_options(text: str) -> str:
    """Return the jump hosts that options of ``ssh`` name; empty without any. Raises ``NoWay``."""
    words = _words(text)
    for place, word in enumerate(words):
        argument = word[2:] or next(iter(words[place + 1 :]), "")
        if word.startswith("-J"):
            return argument
        if word.startswith("-o"):
            name, value = _option(argument)
            if name == "proxyjump":
                return "" if value.lower() == "none" else value
            if name == "proxycommand":
                return way_in_command(value)
    return ""


def way_in_command(text: str) -> str:
    """Return the jump host of a ``ProxyCommand`` that is ``ssh -W``. Raises ``NoWay``."""
    if text.strip().lower() == "none":
        return ""
    words = iter(_words(text))
    hosts, forwards = [], False
    if next(words, "").rpartition("/")[2] != "ssh":
        raise NoWay
    for word in words:
        if not word.startswith("-"):
            hosts.append(word)
            continue
        forwards = forwards or word.startswith("-W")
        if word.startswith(("-J", "-o")) and "proxy" in word.lower():
            raise NoWay
        if word[-1] in WITH_VALUES and len(word) == 2:
            next(words, "")
    if not forwards or len(hosts) != 1:
        raise NoWay
    return hosts[0]


def _option(text: str) -> tuple[str, str]:
    name, _, value = text.replace("=", " ", 1).strip().partition(" ")
    return name.lower(), value.strip().strip('"')


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise NoWay from None
