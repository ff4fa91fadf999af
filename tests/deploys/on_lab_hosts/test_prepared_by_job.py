"""A preparation belongs to the job that wrote it: the record says which, and it alone undoes it."""

import pytest

from deploy_scripts.prepare_hosts import prepare_script, take_back_script
from lab import Lab

RECORD = "/var/lib/clusterwright/prepared"
NAMES = ("10.79.0.11 n1", "10.79.0.12 n2")
LOOK = (
    "cat /etc/hosts; ls /etc/sysctl.d /etc/modules-load.d /var/lib/clusterwright 2>&1; "
    "sysctl -n fs.aio-max-nr"
)


def prepare(lab: Lab, job: str = "", names: tuple[str, ...] = NAMES) -> None:
    done = lab.exec("n1", prepare_script("control-plane", names, f"job={job}\n" if job else ""))
    assert done.returncode == 0, done.stderr


def undo(lab: Lab, job: str = "") -> str:
    done = lab.exec("n1", take_back_script(f"job={job}\n" if job else ""))
    assert done.returncode == 0, done.stderr
    return done.stdout


def record(lab: Lab) -> list[str]:
    return lab.exec("n1", f"cat {RECORD}").stdout.splitlines()


def test_the_job_that_prepared_a_host_undoes_it(lab: Lab) -> None:
    before = lab.exec("n1", LOOK).stdout
    for _ in range(2):
        prepare(lab, "a1")
    assert record(lab)[0] == "job=a1"
    assert len(record(lab)) == len(set(record(lab)))

    assert undo(lab, "a1") == ""

    assert lab.exec("n1", LOOK).stdout == before


def test_another_job_adds_what_is_missing_and_takes_back_that_alone(lab: Lab) -> None:
    before = lab.exec("n1", LOOK).stdout
    prepare(lab, "a1")
    first = record(lab)
    prepare(lab, "b2")
    assert record(lab) == first
    there = lab.exec("n1", LOOK).stdout
    prepare(lab, "b2", (*NAMES, "10.79.0.13 n3"))
    assert "10.79.0.13 n3" in lab.exec("n1", "cat /etc/hosts").stdout

    for _ in range(2):
        assert undo(lab, "b2") == "kept: prepared by job a1\n"

    assert lab.exec("n1", LOOK).stdout == there
    assert record(lab) == first
    undo(lab, "a1")
    assert lab.exec("n1", LOOK).stdout == before


@pytest.mark.parametrize(("wrote", "asks"), [("", "b2"), ("a1", "")])
def test_a_preparation_whose_job_is_not_known_is_nobody_elses(
    lab: Lab, wrote: str, asks: str
) -> None:
    prepare(lab, wrote)

    assert undo(lab, asks).startswith("kept: prepared by ")

    assert "BEGIN clusterwright" in lab.exec("n1", "cat /etc/hosts").stdout


def test_a_record_that_was_cut_off_is_mended_and_never_glued_to_the_next_row(lab: Lab) -> None:
    lab.exec("n1", f"mkdir -p {RECORD.rpartition('/')[0]}")
    lab.exec("n1", f"printf 'job=a1\\nhosts\\nwas fs.aio-max-nr 6' >{RECORD}")

    prepare(lab, "a1")

    assert record(lab)[:2] == ["job=a1", "hosts"]
    assert "was fs.aio-max-nr 65536 1048576" in record(lab)
    undo(lab, "a1")
    assert lab.exec("n1", "sysctl -n fs.aio-max-nr").stdout == "65536\n"


def test_a_record_of_an_earlier_release_is_undone_as_it_was_meant(lab: Lab) -> None:
    before = lab.exec("n1", LOOK).stdout
    prepare(lab)
    lab.exec("n1", f"sed -i '/^wrote /d; /^block /d; s/^\\(was [^ ]* [^ ]*\\) .*/\\1/' {RECORD}")

    undo(lab)

    assert lab.exec("n1", LOOK).stdout == before
