"""The drawing for terminals: the same signs for the same states, never wider than 80 columns."""

import pytest
from drawn_clusters import DEAD, TAINT, hosts, member, node, observed, seen, steered, unseen

from api.topology import picture_of, text

SEPARATED = """\
prod: separated, prod, 1.32/stable, 5 nodes

control plane
┌─ cp-1 ─────────────────┐ ┌─ cp-2 ─────────────────┐ ┌─ cp-3 ─────────────────┐
│ voter ★ leader ⚑ seed  │ │ voter                  │ │ voter                  │
│ ● alive                │ │ ● alive                │ │ ✗ DEAD                 │
│ ● ready                │ │ ● ready                │ │ ✗ NOT READY            │
│ 10.0.0.1               │ │ 10.0.0.2               │ │ 10.0.0.3               │
│ dedicated: NoSchedule  │ │ dedicated: NoSchedule  │ │ dedicated: NoSchedule  │
└────────────────────────┘ └────────────────────────┘ └────────────────────────┘
workers
┌─ w-1 ──────────────────┐ ┌─ w-2 ──────────────────┐
│ ● ready, cordoned      │ │ ? not in Kubernetes    │
│ 10.0.0.4               │ │                        │
└────────────────────────┘ └────────────────────────┘
quorum: 2 of 3 voters alive, 2 needed: survives no loss; not highly available
seen 2025-11-24 16:00 UTC
! cp-3 is listed as voter but does not answer
  -> start MicroK8s on cp-3"""


def drawn(body, inventory=()):
    return text(picture_of(body, inventory))


def test_a_separated_cluster_with_a_dead_voter_is_drawn_in_80_columns():
    nodes = [
        node("cp-1", "10.0.0.1", taints=[TAINT]),
        node("cp-2", "10.0.0.2", taints=[TAINT]),
        node("cp-3", "10.0.0.3", taints=[TAINT], ready=False),
        node("w-1", "10.0.0.4", schedulable=False),
    ]
    body = observed(3, 2, dead=("cp-3",), topology="separated")

    picture = drawn(seen(body, nodes=nodes, findings=[DEAD]))

    assert picture == SEPARATED
    assert max(map(len, picture.splitlines())) <= 80


def test_a_drawing_says_how_long_ago_the_cluster_was_healthy():
    assert "\nwas healthy 9 min ago\n" in drawn(observed(3) | {"age_seconds": 560.0})


def test_what_was_seen_too_long_ago_is_drawn_as_what_was():
    picture = drawn(observed(3, 1, dead=("cp-3",)) | {"age_seconds": 7300.0, "stale": True})

    assert "health is unknown now: was in need of attention 2 h ago" in picture
    assert "? was alive" in picture
    assert "? was ready" in picture
    assert "●" not in picture
    assert "✗ DEAD" in picture  # what was bad stays so until it is seen again


def test_a_cluster_that_was_not_observed_says_so():
    picture = drawn(unseen())

    assert picture.endswith("quorum: not observed yet")
    assert picture.count("? not observed") == 3


@pytest.mark.parametrize("zone", ["", "rack-with-quite-a-long-name"])
def test_many_workers_and_long_names_stay_within_80_columns(zone):
    names = [f"worker-with-quite-a-long-name-in-rack-{i:02}" for i in range(27)]
    nodes = [node(name, f"10.0.1.{i}", taints=["a/b=c:NoExecute"]) for i, name in enumerate(names)]
    body = seen(unseen(workers=0) | {"workers": names}, nodes=nodes)

    lines = drawn(body, hosts(body, "berlin", "madrid", zone=zone)).splitlines()

    assert max(map(len, lines)) <= 80
    assert sum("● ready  10.0.1." in line for line in lines) == 27
    assert len({line.split()[0] for line in lines if "● ready" in line}) == 27


@pytest.mark.parametrize("name", ["prod-eu-west-1-cp-{}", "prod-europe-west-rack-17-cp-{}"])
def test_long_names_that_differ_at_their_end_are_told_apart(name):
    names = [name.format(number) for number in (1, 2, 3)]
    nodes = [node(one, f"10.0.1.{place}") for place, one in enumerate(names)]

    lines = drawn(seen(unseen() | {"control_plane": names}, nodes=nodes)).splitlines()

    (heads,) = [line for line in lines if line.startswith("┌")]
    assert len(heads) <= 80
    assert [head.split()[0][-4:] for head in heads.split("┌─ ")[1:]] == ["cp-1", "cp-2", "cp-3"]


def test_ghosts_are_drawn_apart():
    body = observed()
    body["observation"]["members"].append(member(None, "10.9.9.9"))

    _, _, ghosts = drawn(body).partition("not of this cluster\n")

    assert "10.9.9.9:19001" in ghosts


def test_where_a_node_stands_is_told_where_it_makes_a_difference():
    body = observed()

    one, two = drawn(body, hosts(body)), drawn(body, hosts(body, "berlin", "madrid", zone="a"))

    assert "site" not in one
    assert "│ site berlin            │ │ site madrid" in two
    assert two.count("│ zone a ") == 3


def test_nothing_that_steers_a_terminal_is_drawn():
    drawing = drawn(steered())

    assert {sign for sign in drawing if not sign.isprintable()} <= {"\n"}
    assert "x1b]52" in drawing
    assert max(map(len, drawing.splitlines())) <= 80


def test_the_age_of_the_newest_backup_is_told_where_one_is_known():
    body = observed(age_seconds=60.0)

    drawing = drawn(body | {"backed_up_at": body["observed_at"] - 30 * 3600})

    assert drawing.splitlines()[-1] == "newest proved backup: 30 h ago"
    assert "backup" not in drawn(body)
