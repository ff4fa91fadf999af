"""The quorum guard is asked from a fresh look, before a step and before its undo."""

import pytest

from cluster.quorum import Operation
from deploy_scripts.fleet.errors import NotYet, StepError, Transient
from deploy_scripts.microk8s.facts import HostRole
from deploy_scripts.microk8s.quorum_guard import require_quorum, require_quorum_to_undo

V, B, P = "voter", "stand-by", "spare"
HOSTS = ("cp-1", "cp-2", "cp-3", "cp-4")
THREE = HOSTS[:3]
ADDRESSES = {name: f"10.0.0.{place}" for place, name in enumerate(HOSTS, start=1)}


class Fleet:
    """Control plane nodes that answer a look with their view."""

    names = HOSTS

    def __init__(
        self, *roles, has_leader=True, dead=(), lost=(), without_microk8s=(), domains=(1, 1, 1, 1)
    ):
        rows = [
            {
                "address": f"{ADDRESSES[name]}:19001",
                "id": name[-1],
                "role": role,
                "alive": name not in dead,
                "leader": has_leader and role == V and name not in dead,
                "domain": domain,
            }
            for name, role, domain in zip(HOSTS, roles, domains, strict=False)
        ]
        self.view = {
            "has_leader": has_leader,
            "leader": next((row["address"] for row in rows if row["leader"]), ""),
            "members": rows,
            "nodes": None,
            "nodes_error": "refused",
        }
        self.lost, self.dead, self.without = frozenset(lost), dead, without_microk8s

    def node_address(self, name):
        return ADDRESSES[name]

    def try_facts(self, fact, *, on):
        answering = [name for name in on if name not in self.dead]
        if fact is HostRole:
            role = "not-installed" if self.without else "control-plane"
            return {name: {"role": role} for name in answering}, ()
        return dict.fromkeys(answering, self.view), ()


def may_join(fleet, *hosts):
    require_quorum(fleet, Operation.JOIN, hosts, control_plane=["cp-1"])


def may_stop(fleet, *hosts):
    require_quorum(fleet, Operation.STOP, hosts, control_plane=list(THREE))


def may_undo_join(fleet, host, members=("cp-1",)):
    require_quorum_to_undo(fleet, Operation.JOIN, [host], control_plane=members)


def test_one_voter_of_one_that_answers_without_a_leader_lets_no_step_begin():
    with pytest.raises(Transient, match="the datastore has no leader") as caught:
        may_join(Fleet(V, has_leader=False), "cp-2")

    assert "start MicroK8s on" in caught.value.advice


def test_the_same_voter_lets_it_begin_while_it_leads():
    may_join(Fleet(V), "cp-2")


def test_each_host_of_a_batch_is_judged_after_those_before_it():
    may_stop(Fleet(V, V, V), "cp-1")

    with pytest.raises(StepError, match="cannot stop cp-2: "):
        may_stop(Fleet(V, V, V), "cp-1", "cp-2")


def test_who_left_before_an_attempt_was_cut_off_may_leave_again_and_nobody_in_its_place():
    members = {"control_plane": list(THREE)}

    require_quorum(Fleet(V, P), Operation.LEAVE, ["cp-3"], **members)

    with pytest.raises(Transient, match="the datastore has no leader"):
        require_quorum(Fleet(V, P, has_leader=False), Operation.LEAVE, ["cp-3"], **members)
    with pytest.raises(StepError, match="cannot stop cp-3: it is not among the 2 members"):
        require_quorum(Fleet(V, P), Operation.STOP, ["cp-3"], **members)


def test_a_batch_of_none_needs_a_leader_too():
    with pytest.raises(Transient, match="cannot stop any host: the datastore has no leader"):
        may_stop(Fleet(V, has_leader=False))


@pytest.mark.parametrize("listed", [(V,), (V, P)], ids=["never joined", "a member"])
def test_no_join_is_undone_without_a_leader(listed):
    with pytest.raises(Transient, match="the datastore has no leader"):
        may_undo_join(Fleet(*listed, has_leader=False), "cp-2")


def test_the_join_of_a_member_is_undone_while_the_others_keep_the_quorum():
    may_undo_join(Fleet(V, P), "cp-2")
    may_undo_join(Fleet(V, V, V), "cp-3", HOSTS[:2])


def test_the_join_of_a_dead_member_is_undone():
    may_undo_join(Fleet(V, V, V, dead=("cp-3",)), "cp-3", HOSTS[:2])


def test_a_join_is_not_undone_while_another_member_is_down():
    with pytest.raises(Transient, match="cannot remove cp-3: cp-2 is listed as a member but"):
        may_undo_join(Fleet(V, V, V, dead=("cp-2",)), "cp-3", HOSTS[:2])


def test_a_member_that_was_given_up_as_lost_is_not_waited_for():
    may_undo_join(Fleet(V, P, V, V, dead=("cp-2",), lost=("cp-2",)), "cp-4", THREE)


def test_the_vote_of_a_lost_member_counts_as_long_as_it_is_listed():
    fleet = Fleet(V, V, V, dead=("cp-2",), lost=("cp-2",))

    with pytest.raises(StepError, match="cannot remove cp-3: 1 of 3 voters would remain") as caught:
        may_undo_join(fleet, "cp-3", HOSTS[:2])

    assert "remove cp-2 first" in caught.value.advice


def test_nobody_leaves_or_stops_while_dqlite_still_gives_votes():
    members = {"control_plane": list(THREE), "look_seconds": 0}

    for operation in (Operation.LEAVE, Operation.STOP):
        with pytest.raises(NotYet, match=r"dqlite is still moving roles \(1 of 3 voters\)"):
            require_quorum(Fleet(V, P, P), operation, ["cp-3"], **members)
    with pytest.raises(NotYet, match=r"\(2 of 1 voters\)") as caught:
        require_quorum(Fleet(V, V), Operation.LEAVE, ["cp-2"], **members)

    assert caught.value.otherwise == "cannot remove cp-2"


@pytest.mark.parametrize("domains", [(1, 1, 1, 1), (1, 2, 3, 1), (None, None, None, None)])
def test_who_joins_does_not_wait_where_voters_stand_in_as_many_failure_domains_as_there_are(
    domains,
):
    may_join(Fleet(V, V, V, B, domains=domains), "cp-5")


def test_nobody_joins_while_dqlite_is_to_give_a_vote_to_another_failure_domain():
    fleet = Fleet(V, V, V, B, domains=(1, 1, 1, 2))

    with pytest.raises(NotYet, match="has not settled"):
        require_quorum(fleet, Operation.JOIN, ["cp-5"], control_plane=["cp-1"], look_seconds=0)


def test_who_settles_while_the_guard_looks_costs_no_wait_of_the_job():
    fleet = Fleet(V, V)
    looks = []

    def settle_then_answer(fact, *, on):
        looks.append(fact)
        settled = Fleet(V, P) if len(looks) > 1 else fleet
        return Fleet.try_facts(settled, fact, on=on)

    fleet.try_facts = settle_then_answer

    require_quorum(fleet, Operation.LEAVE, ["cp-2"], control_plane=HOSTS[:2])

    assert len(looks) == 2


def test_a_host_that_did_not_become_a_member_has_no_vote_to_lose():
    may_undo_join(Fleet(V), "cp-2")


def test_the_only_voter_of_two_leaves_since_it_hands_its_vote_over():
    may_undo_join(Fleet(P, V), "cp-2")


def test_where_no_member_has_microk8s_or_all_are_lost_there_is_nothing_to_harm():
    may_undo_join(Fleet(V, has_leader=False, without_microk8s=("cp-1",)), "cp-2")
    may_undo_join(Fleet(V, has_leader=False, lost=("cp-1",)), "cp-2")


def test_a_member_that_does_not_answer_is_no_proof_that_there_is_none():
    with pytest.raises(Transient, match="none of cp-1 answers"):
        may_undo_join(Fleet(V, dead=("cp-1",)), "cp-2")


def test_starting_a_member_again_needs_no_leave():
    stopped = Fleet(V, V, V, has_leader=False)

    require_quorum_to_undo(stopped, Operation.STOP, ["cp-1"], control_plane=THREE)
