import pytest

from cluster.drawing.quorum_words import Health, health_of, quorum_sentence
from cluster.quorum import DqliteRole, Member, count


def quorum(alive, dead=0, standbys=0, spares=0):
    roles = [(DqliteRole.VOTER, True)] * alive + [(DqliteRole.VOTER, False)] * dead
    roles += [(DqliteRole.STANDBY, True)] * standbys + [(DqliteRole.SPARE, True)] * spares
    return count(Member(f"n{i}", *role) for i, role in enumerate(roles)).as_dict()


def test_a_lost_quorum_is_told_in_capitals():
    assert quorum_sentence(quorum(1, dead=2)) == (
        "quorum: 1 of 3 voters alive, 2 needed: QUORUM IS LOST, the datastore accepts no writes"
    )


@pytest.mark.parametrize("listed", [1, 3], ids=["an old file of one", "all answer"])
def test_whoever_answers_without_a_leader_is_no_quorum(listed):
    voters = [Member(f"n{i}", DqliteRole.VOTER) for i in range(listed)]
    leaderless = count(voters, has_leader=False).as_dict()

    sentence = quorum_sentence(leaderless)

    assert "it has no leader: QUORUM IS LOST" in sentence
    assert "survives" not in sentence
    assert "highly available" not in sentence
    assert health_of(leaderless) is Health.BAD


def test_stand_bys_and_spares_are_counted():
    assert quorum_sentence(quorum(3, standbys=2, spares=1)) == (
        "quorum: 3 of 3 voters alive, 2 needed (and 2 stand-bys and 1 spare): "
        "survives the loss of 1 voter; highly available"
    )


@pytest.mark.parametrize(
    ("seen", "health"),
    [
        (None, Health.UNKNOWN),
        (quorum(3), Health.GOOD),
        (quorum(1), Health.GOOD),
        (quorum(1, spares=1), Health.WARN),
        (quorum(2, dead=1), Health.WARN),
        (quorum(1, dead=2), Health.BAD),
    ],
    ids=["unseen", "three", "one that is meant to be alone", "two", "one dead", "lost"],
)
def test_how_worried_to_be(seen, health):
    assert health_of(seen) is health
