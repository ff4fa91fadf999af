"""The text of /etc/hosts: where our block goes, what is set aside, and back to the byte."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy_scripts.hosts_file import (
    ASIDE,
    BEGIN,
    EDIT,
    END,
    OwnName,
    claimed_twice,
    host_lines,
    unfit_names,
)

NODES = ("10.79.0.11 n1", "10.79.0.12 n2")
BLOCK = f"{BEGIN}\n10.79.0.11 n1\n10.79.0.12 n2\n{END}\n"
USUAL = "127.0.0.1 localhost\n127.0.1.1 n1.example.com n1\n\n::1 localhost ip6-localhost\n"
AWKS = [name for name in ("mawk", "gawk", "original-awk", "busybox") if shutil.which(name)]


class Host:
    """A record and a hosts file that the script of a host edits."""

    def __init__(self, directory: Path, text: str, awk: str = "awk") -> None:
        self.record = directory / "prepared"
        self.file = directory / "hosts"
        self.awk = [awk, "awk"] if awk == "busybox" else [awk]
        self.record.touch()
        self.file.write_bytes(text.encode())

    @property
    def text(self) -> str:
        return self.file.read_bytes().decode()

    def write(self, names: Sequence[str] = NODES, *, first: str = "") -> str:
        known = "block " in self.record.read_text()
        ends_open = not known and not self.text.endswith("\n")
        return self._edit("\n".join(names), first, "1" if ends_open else "")

    def take_back(self) -> str:
        return self._edit("", "", "")

    def _edit(self, names: str, first: str, ends_open: str) -> str:
        given = {"first": first, "ends_open": ends_open, "file": str(self.file)}
        options = [word for name, value in given.items() for word in ("-v", f"{name}={value}")]
        done = subprocess.run(
            [*self.awk, *options, EDIT, str(self.file)],
            env={**os.environ, "LC_ALL": "C", "names": names, "record": str(self.record)},
            capture_output=True,
            check=True,
        )
        self.file.write_bytes(done.stdout)
        return self.text


def test_the_block_stands_after_the_loopback_lines(tmp_path: Path) -> None:
    host = Host(tmp_path, USUAL)

    host.write()

    head, tail = USUAL.split("\n\n")
    assert host.text == f"{head}\n{BLOCK}\n{tail}"


def test_the_block_comes_first_where_the_resolver_stops_at_the_first_line(tmp_path: Path) -> None:
    assert Host(tmp_path, USUAL).write(first="1") == BLOCK + USUAL


def test_a_template_of_cloud_init_keeps_its_first_line(tmp_path: Path) -> None:
    host = Host(tmp_path, "## template:jinja\n{{fqdn}}\n")

    assert host.write(first="1") == f"## template:jinja\n{BLOCK}{{{{fqdn}}}}\n"


@pytest.mark.parametrize(
    "line",
    [
        "192.168.9.9 n2",
        "192.168.9.9\tN2",
        "  192.168.9.9 n2.example.com n2   # the old address",
        "::ffff:192.168.9.9 n2",
        "192.168.9.9 n2\r",
    ],
    ids=["plain", "upper case", "blanks and a comment", "mapped", "CRLF"],
)
def test_a_line_that_gives_a_node_another_address_is_set_aside(tmp_path: Path, line: str) -> None:
    host = Host(tmp_path, f"{USUAL}{line}\n")

    assert f"\n{ASIDE}{line}\n" in host.write()

    assert host.take_back() == f"{USUAL}{line}\n"


def test_other_names_of_a_line_that_is_set_aside_stay_known(tmp_path: Path) -> None:
    host = Host(tmp_path, f"{USUAL}192.168.9.9 n2 db queue # old\n10.0.0.1 gate\n")

    lines = host.write().splitlines()

    assert f"{ASIDE}192.168.9.9 n2 db queue # old" in lines
    assert any(line.startswith("192.168.9.9 db queue #") for line in lines)
    assert "10.0.0.1 gate" in lines


@pytest.mark.parametrize(
    "line",
    [
        "10.79.0.12 n2 db",
        "fe80::12 n2",
        "2001:db8::12 n2",
        "127.0.2.1 n2",
        "::1 n2",
        "192.168.9.9 db # once n2",
        "#192.168.9.9 n2",
        "192.168.9.9 n22 n2.example.com",
    ],
)
def test_a_line_that_leads_no_node_elsewhere_is_left_alone(tmp_path: Path, line: str) -> None:
    host = Host(tmp_path, f"{USUAL}{line}\n")

    assert ASIDE not in host.write()
    assert line in host.text.splitlines()


FILES = {
    "usual": USUAL,
    "empty": "",
    "no final newline": USUAL + "10.0.0.1 gate",
    "loopback last, no final newline": "127.0.0.1 localhost\n127.0.1.1 n1",
    "set aside, no final newline": USUAL + "192.168.9.9 n2 db",
    "CRLF": USUAL.replace("\n", "\r\n"),
    "CRLF and another address": USUAL.replace("\n", "\r\n") + "192.168.9.9 n2 db\r\n",
    "several": USUAL + "192.168.9.9 n2 db\n192.168.9.8 N1\n\n\n# end",
    "no loopback": "10.0.0.1 gate\n",
}


@pytest.mark.parametrize("awk", AWKS)
@pytest.mark.parametrize("text", FILES.values(), ids=list(FILES))
def test_undo_brings_back_every_byte_also_after_two_preparations(
    tmp_path: Path, text: str, awk: str
) -> None:
    host = Host(tmp_path, text, awk)
    once = host.write()
    assert host.write() == once

    assert host.take_back() == text
    assert host.take_back() == text


def test_undo_keeps_what_others_wrote_meanwhile(tmp_path: Path) -> None:
    host = Host(tmp_path, USUAL)
    host.write()
    inside = host.text.replace(END, f"10.0.0.7 mine\n{END}")
    host.file.write_text(f"{inside}10.0.0.8 later\n")

    back = host.take_back()

    assert sorted(back.splitlines()) == sorted(f"{USUAL}10.0.0.7 mine\n10.0.0.8 later".split("\n"))


@pytest.mark.parametrize("lost", [BEGIN, END], ids=["no begin", "no end"])
@pytest.mark.parametrize("repair", [True, False], ids=["prepared again", "undone at once"])
def test_a_block_damaged_by_hand_takes_nothing_of_others_along(
    tmp_path: Path, lost: str, *, repair: bool
) -> None:
    host = Host(tmp_path, USUAL + "10.0.0.1 gate\n")
    host.write(first="1")
    host.file.write_text(host.text.replace(f"{lost}\n", ""))

    if repair:
        assert host.write(first="1") == f"{BLOCK}{USUAL}10.0.0.1 gate\n"

    assert host.take_back() == USUAL + "10.0.0.1 gate\n"


def test_a_block_of_before_rows_were_noted_is_taken_out_whole(tmp_path: Path) -> None:
    host = Host(tmp_path, f"{BLOCK}{USUAL}")

    assert host.take_back() == USUAL


def test_hosts_that_an_earlier_block_names_stay_in_it(tmp_path: Path) -> None:
    host = Host(tmp_path, USUAL)
    host.write(("10.79.0.11 n1", "10.79.0.13 n3"))

    host.write()

    assert "10.79.0.11 n1\n10.79.0.12 n2\n10.79.0.13 n3\n" in host.text
    assert host.take_back() == USUAL


@pytest.mark.parametrize(
    "said",
    [
        ["Welcome to n2, have a nice day", "n2"],
        ["n2 api.example.com"],
        [],
        ["localhost"],
        ["localhost.localdomain"],
        ["10.0.0.1"],
        ["-n2"],
        ["n2;reboot"],
        ["n2_b"],
        ["\x1b[31mn2"],
        ["n" * 64],
        ["n2 " * 100_000],
    ],
)
def test_what_is_no_host_name_is_refused_and_shown_in_short(said: list[str]) -> None:
    [failure] = unfit_names({"n2": OwnName().process(said)})

    assert failure.host == "n2"
    assert failure.message.startswith("asked for its own name, it says ")
    assert failure.message.isprintable()
    assert len(failure.message) < 200


@pytest.mark.parametrize("name", ["n2", "N2", "n2.example.com", "2n", "ip-10-0-0-12", "n" * 63])
def test_a_host_name_is_taken_as_it_is(name: str) -> None:
    assert OwnName().process([name, ""]) == name
    assert list(unfit_names({"n2": name})) == []


def test_others_learn_a_name_only_where_it_is_the_inventorys_with_a_domain() -> None:
    addresses = {"n1": "10.79.0.11", "n2": "10.79.0.12", "n3": "10.79.0.13"}
    own = {"n1": "N1", "n2": "n2.example.com", "n3": "archive.example.org"}

    assert host_lines(addresses, own, here="n1") == (
        "10.79.0.11 N1 n1",
        "10.79.0.12 n2.example.com n2",
        "10.79.0.13 n3",
    )
    assert host_lines(addresses, own, here="n3")[2] == "10.79.0.13 archive.example.org n3"
    assert host_lines(addresses, {})[1] == "10.79.0.12 n2"


def test_a_host_that_calls_itself_by_anothers_name_is_told() -> None:
    own = {"n1": "n1", "n2": "N1", "n3": "n3.example.com"}

    assert list(claimed_twice(own)) == ["n2 calls itself N1, which is the name of another host"]
