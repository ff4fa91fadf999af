"""What the probes of a drill show: silences, moments, the verdict, and the report of it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.drills import MOMENTS, Placed, Probed, blind, interruption, joined, judged, reached
from workflows.drills.markdown import markdown
from workflows.drills.report import report

PROBES = st.lists(st.sampled_from([(), ("n2",), ("n3",), ("n2", "n3")]), max_size=30)
FOUND = {
    "stop_for_drill": {
        "host": "n1",
        "target": "leader",
        "at": 1000.0,
        "leader": "n1",
        "roles": {"n1": "voter", "n2": "voter", "n3": "voter"},
        "voters": 3,
        "pods": {"on_node": 2, "elsewhere": 4},
    },
    "watch_drill": {
        "observers": ["n2", "n3"],
        "seconds": 60,
        "log": [
            {"begins": 0.1, "ends": 4.0, "probes": 4, "silent": ["n2", "n3"]},
            {"begins": 5.0, "ends": 60.0, "probes": 55, "silent": []},
        ],
        "seen": {"not_ready": 41.0},
        "written": 600,
    },
    "start_after_drill": {"ready_at": 1090.0, "back_seconds": 30.0, "kept": 600},
    "judge_drill": {
        "passed": True,
        "criteria": [{"name": "data", "is_met": True, "says": "write 600 is there"}],
        "roles": {"n1": "voter", "n2": "voter", "n3": "voter"},
        "leader": "n2",
    },
}
JOB = {"id": "3f2a91c0", "cluster": "lab", "status": "succeeded", "params": {"seconds": 60}}


def log_of(silences):
    """One probe a second, each of which lasts for half of one."""
    return [Probed(float(at), at + 0.5, 1, silent) for at, silent in enumerate(silences)]


def test_a_pause_in_which_nobody_asked_is_not_told_as_if_somebody_had():
    rows = joined([Probed(1.0, 2.0, 2, ()), Probed(3.0, 4.0, 1, ()), Probed(20.0, 21.0, 1, ())])

    assert [(row.begins, row.ends, row.probes) for row in rows] == [(1.0, 4.0, 3), (20.0, 21.0, 1)]
    assert blind(rows) == 16.0
    assert blind([Probed(7.0, 8.0, 1, ())]) == 7.0
    assert blind([]) == 0.0


def test_a_report_says_how_the_node_was_lost_also_where_an_earlier_version_did_not():
    killed = FOUND | {"stop_for_drill": FOUND["stop_for_drill"] | {"how": "kill"}}

    assert "| By | a stop in order |" in markdown(report(JOB, FOUND))
    assert "| By | SIGKILL of kubelite and the datastore |" in markdown(report(JOB, killed))


def test_a_silence_lasts_from_the_first_failed_probe_to_the_next_good_one():
    log = log_of([(), ("n2",), ("n2", "n3"), (), ("n2",)])

    assert interruption(log, "n2") == 2.0
    assert interruption(log, "n3") == 1.0
    assert interruption(log, "n4") == 0.0
    assert interruption(log_of([("n2",)]), "n2") == 0.5


@given(PROBES)
def test_rows_that_are_joined_tell_the_same_silences_and_as_many_probes(silences):
    log = log_of(silences)
    short = joined(log)

    assert sum(row.probes for row in short) == len(log)
    assert all(before.silent != after.silent for before, after in pairwise(short))
    for host in ("n2", "n3"):
        assert interruption(short, host) == interruption(log, host)


@pytest.mark.parametrize(
    ("was", "now", "ready", "found"),
    [
        ((2, 4), (2, 4), True, ()),
        ((2, 4), (2, 4), False, ("not_ready",)),
        ((2, 4), (1, 4), False, ("not_ready", "evicted")),
        ((2, 4), (0, 5), False, ("not_ready", "evicted", "replaced")),
        ((2, 4), (0, 6), False, ("not_ready", "evicted", "replaced", "all_replaced")),
        ((0, 4), (0, 5), False, ("not_ready",)),
    ],
)
def test_a_moment_is_reached_by_what_is_seen_of_node_and_pods(was, now, ready, found):
    assert reached(Placed(*was), Placed(*now), is_ready=ready) == found


@pytest.mark.parametrize(
    ("changed", "unmet"),
    [
        ({}, set()),
        ({"log": log_of([("n2",)] * 40)}, {"interruption"}),
        ({"log": []}, {"interruption"}),
        ({"log": [Probed(31.0, 32.0, 2, ())]}, {"interruption"}),
        ({"log": [Probed(0.0, 1.0, 2, ()), Probed(32.0, 33.0, 2, ())]}, {"interruption"}),
        ({"back_seconds": 300.0}, {"return"}),
        ({"kept": 9}, {"data"}),
        ({"kept": 11}, set()),
        ({"written": 0, "kept": 0}, {"data"}),
        ({"voters": (3, 2)}, {"voters"}),
    ],
)
def test_a_drill_is_passed_where_each_criterion_is_met(changed, unmet):
    good = {"log": log_of([()]), "back_seconds": 9.0, "written": 10, "kept": 10, "voters": (3, 3)}
    shown = good | changed

    criteria = judged(shown.pop("log"), ["n2", "n3"], **shown)

    assert {each.name for each in criteria if not each.is_met} == unmet


def test_the_report_tells_each_moment_whether_it_was_seen_or_not():
    told = report(JOB, FOUND)

    assert [row["name"] for row in told["moments"]] == list(MOMENTS)
    assert [row["seconds"] for row in told["moments"]] == [0.0, 41.0, None, None, None, 90.0]
    assert [row["failed"] for row in told["observers"]] == [4, 4]
    assert told["observers"][0]["longest_silence"] == 4.9


def test_a_drill_that_was_cut_short_has_no_verdict():
    told = report(JOB | {"status": "cancelled"}, {"stop_for_drill": FOUND["stop_for_drill"]})

    assert (told["passed"], told["after"], told["log"]) == (None, None, [])
    assert "no verdict (cancelled)" in markdown(told)
    assert markdown(report(JOB, {})).startswith("# Drill of lab: no verdict")


def test_markdown_has_the_moments_the_silences_and_the_change_of_the_leader():
    text = markdown(report(JOB, FOUND))

    assert text.startswith("# Drill of lab: passed\n")
    assert "| T1 Kubernetes calls it not Ready | 41 s |" in text
    assert "| T2 the first of its pods is taken off it | not seen |" in text
    assert "| n2 | 59 | 4 | 0.1 s | 4 s | 4.9 s |" in text
    assert "| n1 | voter, leads | voter |" in text


def test_what_a_person_wrote_makes_no_table_and_no_link():
    text = markdown(report(JOB | {"reason": "a | b [x](http://y)"}, FOUND))

    assert "a \\| b \\[x\\]" in text
