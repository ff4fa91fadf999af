"""The comparison of the emulator with a snap's own parts: what counts as the same, its table."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from snap_tree import write_tree

from lab import Lab
from lab.fidelity import labs, report, suite
from lab.fidelity.compare import DIFFERS, NOT_RUN, SAME, CommandRun, Row, differences, normal, row
from lab.fidelity.situations import ALL, Situation

VOTER = "|10.79.0.11:19001|voter"
STATUS = Situation("status", "standalone", "n1", "microk8s status")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(f"join 10.79.0.11:25000/{'a' * 32}", f"join 10.79.0.11:25000/{'0' * 32}"),
        pytest.param(f"{'a' * 32}/{'1' * 12}\n", f"{'b' * 32}/{'2' * 12}\n"),
        pytest.param("/snap/microk8s/7890/bin", "/snap/microk8s/x1/bin"),
        pytest.param("/var/snap/microk8s/current/args", "/var/snap/microk8s/8085/args"),
        pytest.param("Waiting to finish.  . . .. .. \nDone", "Waiting to finish.\nDone"),
        pytest.param("<object at 0x7f12345678ab>", "<object at 0x55d0c0ffee00>"),
        pytest.param('"ID": 16932804001235093062,', '"ID": 3297041220608546238,'),
        pytest.param(f"2dc171858c3155be{VOTER}", f"eb1c3f0d9a8b7c6d{VOTER}"),
        pytest.param("ended  \n", "ended"),
        pytest.param("(choose from 'b', 'a')", "(choose from 'a', 'b')"),
    ],
)
def test_what_differs_from_run_to_run_is_no_difference(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("rc", "rb"),
        ("10.79.0.11", "10.79.0.12"),
        ("a.\nb.", "a.\nb"),
        ("Invalid token (500).", "Invalid token (501)."),
        ("(choose from 'a')", "(choose from 'a', 'b')"),
    ],
)
def test_what_a_command_says_is_a_difference(one: str, other: str) -> None:
    assert normal(one) != normal(other)


def test_of_standard_error_only_the_last_line_counts() -> None:
    own = CommandRun(1, "", "Traceback\n  line 5\nOSError: gone\n")
    emulated = CommandRun(1, "", "Traceback\n  line 9\nOSError: gone\n")

    assert differences(own, emulated) == []


def test_a_row_names_status_and_the_first_line_that_differs() -> None:
    found = row(
        STATUS, CommandRun(2, "same\nmine\n", ""), CommandRun(0, "same\nother\nmore\n", "bad\n")
    )

    assert (found.command, found.situation, found.verdict) == ("status", "standalone", DIFFERS)
    assert found.detail == (
        'rc 2, emulated 0; stdout "mine", emulated "other"; stderr nothing, emulated "bad"'
    )


def test_equal_outcomes_make_a_row_without_remarks() -> None:
    outcome = CommandRun(0, "yes\n", "")

    assert row(STATUS, outcome, outcome) == Row("status", "standalone", SAME, "")


def test_the_report_counts_verdicts_and_keeps_the_table_whole() -> None:
    rows = [
        Row("join", "a | b", SAME, ""),
        Row("leave", "alone", DIFFERS, "two\nlines"),
        Row("dbctl", "", NOT_RUN, "no datastore"),
    ]

    text = report.markdown(rows, [rows[0]], "of a tree")
    document = json.loads(report.as_json(rows, [], {"version": "v1.32.3"}))

    assert "| join | a \\| b | same |  |" in text
    assert "| leave | alone | differs | two lines |" in text
    assert "1 same, 1 differs, 1 not run." in text
    assert "## Tests, run on the snap's own parts" in text
    assert document["totals"] == {"same": 1, "differs": 1, "not run": 1}
    assert document["snap"]["version"] == "v1.32.3"
    assert document["rows"][2]["detail"] == "no datastore"


def test_results_of_tests_become_rows() -> None:
    junit = """<testsuites><testsuite>
      <testcase classname="tests.lab.test_emulator_contract" name="test_one_thing"/>
      <testcase classname="tests.lab.test_emulator_contract" name="test_other">
        <failure message="assert 1 == 2&#10;more">text</failure></testcase>
      <testcase classname="tests.lab.test_emulator_contract" name="test_third">
        <skipped message="no dqlite"/></testcase>
    </testsuite></testsuites>"""

    assert suite.rows(junit) == [
        Row("emulator_contract", "one thing", SAME, ""),
        Row("emulator_contract", "other", DIFFERS, "assert 1 == 2"),
        Row("emulator_contract", "third", NOT_RUN, "no dqlite"),
    ]


def test_every_situation_is_told_apart_from_every_other() -> None:
    pairs = [(entry.verb, entry.situation) for entry in ALL]

    assert len(set(pairs)) == len(pairs)
    assert {"add-node", "join", "status", "remove-node", "leave", "refresh-certs"} <= {
        verb for verb, _ in pairs
    }


@pytest.fixture(scope="module")
def two_labs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lab, Lab]]:
    tree = tmp_path_factory.mktemp("unpacked") / "snap"
    tree.mkdir(mode=0o755)
    write_tree(tree)
    with (
        Lab.up(1, name=f"fid-own-{os.getpid()}", snap=str(tree)) as own,
        Lab.up(1, name=f"fid-emu-{os.getpid()}", snap="") as emulated,
    ):
        yield own, emulated


def test_commands_are_compared_where_they_are_the_snaps_own_and_else_not_run(
    two_labs: tuple[Lab, Lab],
) -> None:
    situations = (
        STATUS,
        Situation("leave", "standalone", "n1", "microk8s leave"),
        Situation("add-node", "token", "n1", "microk8s add-node --format token"),
        Situation("cluster agent", "nothing asked", "n1", "true {python} {seed}"),
    )
    reported: list[Row] = []

    rows = labs.compare(*two_labs, situations, reported.append)

    verdicts = {found.command: found.verdict for found in rows}
    assert verdicts == {
        "status": DIFFERS,
        "leave": NOT_RUN,
        "add-node": NOT_RUN,
        "cluster agent": SAME,
    }
    assert rows[0].detail.startswith("rc 7, emulated 0")
    assert rows[1].detail == "python3 has no a_module_that_nobody_has"
    assert reported == rows


def test_without_a_word_a_lab_takes_the_snap_that_the_environment_names(
    two_labs: tuple[Lab, Lab], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLUSTERWRIGHT_LAB_SNAP", str(tmp_path / "absent"))

    with pytest.raises(Exception, match="there is no such directory"):
        Lab.up(1, name=f"fid-env-{os.getpid()}")

    assert two_labs[1].spec.snap is None
