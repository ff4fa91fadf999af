from answered_documents import THREE, cluster, member, node

from cli.topology import draw, quorum_sentence

TAINT = "node-role.kubernetes.io/control-plane=:NoSchedule"

SEPARATED = """\
prod: separated, prod, 1.32/stable, 5 nodes

control plane
┌─ cp-1 ─────────────────┐ ┌─ cp-2 ─────────────────┐ ┌─ cp-3 ─────────────────┐
│ voter ★ leader         │ │ voter                  │ │ voter                  │
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
! cp-3 is listed as voter but does not answer
  -> start MicroK8s on cp-3"""


def test_a_separated_cluster_with_a_dead_voter_is_drawn_in_80_columns():
    observation = {
        "members": [
            member("cp-1", "10.0.0.1", leader=True),
            member("cp-2", "10.0.0.2"),
            member("cp-3", "10.0.0.3", alive=False),
        ],
        "nodes": [
            node("cp-1", "10.0.0.1", taints=[TAINT]),
            node("cp-2", "10.0.0.2", taints=[TAINT]),
            node("cp-3", "10.0.0.3", taints=[TAINT], ready=False),
            node("w-1", "10.0.0.4", schedulable=False),
        ],
        "findings": [
            {
                "code": "dead-member",
                "severity": "warn",
                "message": "cp-3 is listed as voter but does not answer",
                "advice": "start MicroK8s on cp-3",
            }
        ],
    }
    quorum = {**THREE, "voters_alive": 2, "tolerance": 0, "ha": False}

    picture = draw(
        cluster(
            topology="separated",
            workers=["w-1", "w-2"],
            observation=observation,
            quorum=quorum,
        )
    )

    assert picture == SEPARATED
    assert max(map(len, picture.splitlines())) <= 80


def test_a_cluster_that_was_not_observed_says_so():
    picture = draw(cluster(quorum=None))

    assert picture.endswith("quorum: not observed yet")
    assert "? not in Kubernetes" in picture


def test_many_workers_and_long_names_stay_within_80_columns():
    names = [f"worker-with-quite-a-long-name-in-rack-{i:02}" for i in range(27)]
    nodes = [node(name, f"10.0.1.{i}", taints=["a/b=c:NoExecute"]) for i, name in enumerate(names)]

    lines = draw(cluster(workers=names, observation={"members": [], "nodes": nodes})).splitlines()

    assert max(map(len, lines)) <= 80
    assert sum("● ready  10.0.1." in line for line in lines) == 27


def test_ghosts_are_drawn_with_the_rest():
    observation = {"members": [member("", "10.9.9.9")], "nodes": None}

    assert "10.9.9.9:19001" in draw(cluster(observation=observation))


def test_a_lost_quorum_is_told_in_capitals():
    quorum = {**THREE, "voters_alive": 1, "tolerance": -1, "ha": False}

    assert quorum_sentence(quorum) == (
        "quorum: 1 of 3 voters alive, 2 needed: QUORUM IS LOST, the datastore accepts no writes"
    )


def test_stand_bys_and_spares_are_counted():
    quorum = {**THREE, "standbys": 2, "spares": 1}

    assert quorum_sentence(quorum).startswith(
        "quorum: 3 of 3 voters alive, 2 needed (and 2 stand-bys and 1 spare): survives the loss of"
    )
