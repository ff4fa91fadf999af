"""The log that the emulated dqlite keeps: its files, how it grows, and how one falls behind."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from emulated import BACKEND, DQLITE, Hosts, lab_of, poll
from hypothesis import given
from hypothesis import strategies as st

from deploy_scripts.microk8s import raft_log_program
from lab.emulator import raft_log
from lab.emulator.raft_log import RaftLog

READ = Path(raft_log_program.__file__).read_text()
WRITE = "microk8s kubectl annotate node n{} written={} --overwrite"
SHELL = "/snap/microk8s/current/bin/dqlite -s 127.0.0.1:19001 k8s"
RECONFIGURE = f"{SHELL} '.reconfigure {BACKEND}/ {BACKEND}/cluster.yaml'"

terms = st.lists(st.integers(1, 4), max_size=300).map(sorted)


def log_of(given_terms: list[int]) -> RaftLog:
    log = RaftLog()
    for term in given_terms:
        log = log.appended(term)
    return log


@given(terms, st.booleans())
def test_a_log_is_read_as_it_was_written_and_by_the_recovery_too(
    given_terms: list[int], is_closed: bool
) -> None:
    log = log_of(given_terms)
    with TemporaryDirectory() as folder:
        raft_log.write(folder, log, is_closed=is_closed)

        assert raft_log.read(folder) == log
        assert raft_log_program.end(folder) == ((given_terms or [0])[-1], len(given_terms))


@given(terms, terms)
def test_one_log_takes_the_place_of_another_whatever_that_held(
    former: list[int], wanted: list[int]
) -> None:
    with TemporaryDirectory() as folder, TemporaryDirectory() as fresh:
        raft_log.write(folder, log_of(former), is_closed=False)
        for place in (folder, fresh):
            raft_log.write(place, log_of(wanted), is_closed=True)

        assert raft_log_program.digest(folder) == raft_log_program.digest(fresh)


@pytest.mark.parametrize(
    ("entries", "names"),
    [
        (3, ["metadata1", "metadata2", "open-1"]),
        (65, [f"{1:016}-{64:016}", "metadata1", "metadata2", "open-1"]),
        (
            257,
            ["metadata1", "metadata2", "open-1", "snapshot-1-256-256", "snapshot-1-256-256.meta"],
        ),
    ],
)
def test_segments_are_closed_and_snapshots_taken_as_the_log_grows(
    entries: int, names: list[str]
) -> None:
    assert sorted(raft_log.written(log_of([1] * entries), is_closed=False)) == names


@pytest.fixture(scope="module")
def own_lab() -> Iterator[Hosts]:
    with lab_of(3, f"emulator-raft-log-{os.getpid()}", dqlite="emulated") as lab:
        yield Hosts(lab)


@pytest.fixture
def hosts(own_lab: Hosts) -> Hosts:
    own_lab.lab.heal()
    own_lab.lab.reset()
    return own_lab


def end(hosts: Hosts, host: str) -> tuple[int, int]:
    """Return term and number of the last entry, as the host itself reads them."""
    told = hosts.lab.exec(host, f"python3 -I -S - {BACKEND} <<'END'\n{READ}\nEND").stdout.split()
    return int(told[1]), int(told[2])


def test_a_log_grows_with_what_is_written_and_a_member_that_is_cut_off_falls_behind(
    hosts: Hosts,
) -> None:
    hosts.form("n1", "n2", "n3")
    poll(lambda: end(hosts, "n3") == end(hosts, "n1") > (0, 0), "three equal logs")
    before = end(hosts, "n1")

    hosts.lab.partition("n3")
    poll(lambda: "NotReady" in hosts.node_status("n3"), "n3 to be missed")
    for number in (1, 2):
        assert hosts.run("n1", WRITE.format(1, number)).returncode == 0
        poll(lambda: end(hosts, "n1") > before, "an entry of what was written")
    ahead, behind = end(hosts, "n1"), end(hosts, "n3")
    poll(lambda: end(hosts, "n2") >= ahead, "the same entry on the other voter")
    hosts.lab.heal()

    assert behind < ahead
    poll(lambda: end(hosts, "n3") >= ahead, "the one that was cut off to catch up")


@pytest.mark.slow
def test_a_new_leader_begins_a_term(hosts: Hosts) -> None:
    hosts.form("n1", "n2", "n3")
    poll(lambda: end(hosts, "n2") == end(hosts, "n1") > (0, 0), "equal logs")
    term, _ = end(hosts, "n2")
    leader = hosts.out("n2", f"{DQLITE} .leader").partition(":")[0]
    led_by = next(name for name, address in hosts.addresses.items() if address == leader)
    asked = "n3" if led_by == "n2" else "n2"

    hosts.lab.kill(led_by)
    try:
        poll(lambda: end(hosts, asked)[0] > term, "an entry of a later term")
    finally:
        hosts.lab.boot(led_by)


def test_a_reconfigured_datastore_goes_on_from_the_log_that_it_was_told_to(hosts: Hosts) -> None:
    hosts.form("n1", "n2", "n3")
    poll(lambda: end(hosts, "n3") == end(hosts, "n1") > (0, 0), "three equal logs")
    for host in ("n2", "n3"):
        hosts.lab.kill(host)
    poll(lambda: hosts.members() == [], "the one that is left to lead no more")

    hosts.run("n1", "microk8s stop")
    term, index = end(hosts, "n1")
    own = f"sed '1s/^/- /; 2,$s/^/  /' {BACKEND}/info.yaml >{BACKEND}/cluster.yaml"
    told = hosts.run("n1", f"{own} && {RECONFIGURE}")
    rewritten = end(hosts, "n1")
    hosts.run("n1", "microk8s start")

    assert (told.returncode, told.stdout) == (0, "OK\n"), told.stderr
    assert rewritten == (term, index + 1)
    poll(lambda: hosts.members() == [hosts.addresses["n1"]], "the survivor alone")
    poll(lambda: end(hosts, "n1")[0] > term, "the term of its election")
    assert hosts.run("n1", WRITE.format(1, 3)).returncode == 0
    for host in ("n2", "n3"):
        hosts.lab.boot(host)
