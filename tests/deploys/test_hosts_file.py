"""The text of /etc/hosts: where our block goes, what is set aside, and back to the byte."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from deploy_scripts.preparation.hosts_file import ASIDE, BEGIN, EDIT, END

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


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        ("127.0.0.1 localhost\n", "127.0.1.1 n1.example.com n1\n::1 localhost\n"),
        ("", "127.0.0.1 localhost N1 # as some clouds have it\n127.0.1.1 debian\n"),
        ("127.0.0.1 localhost\n127.0.1.1 debian\n", "fe80::1 n1\n"),
        ("127.0.0.1 localhost\n", "127.0.1.1 {{fqdn}} {{hostname}}\n"),
    ],
    ids=["the installer's line", "on the first line", "behind them", "a template"],
)
def test_where_the_resolver_stops_at_the_first_line_the_block_stands_before_what_names_a_node(
    tmp_path: Path, head: str, tail: str
) -> None:
    assert Host(tmp_path, head + tail).write(first="1") == head + BLOCK + tail


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
    whole = host.write(first="1")
    host.file.write_text(host.text.replace(f"{lost}\n", ""))

    if repair:
        assert host.write(first="1") == whole

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


def test_a_line_of_a_host_that_an_earlier_block_names_stays_set_aside(tmp_path: Path) -> None:
    host = Host(tmp_path, f"192.168.9.8 n3\n{USUAL}192.168.9.9 n3 db\n")
    before = host.text
    host.write(("10.79.0.11 n1", "10.79.0.13 n3"))

    host.write()

    assert host.text.count(ASIDE) == 2
    assert host.take_back() == before
