import pytest
from drawn_clusters import TAINT, hosts, member, node, observed, seen, unseen

from api.topology import NodePicture, picture_of
from cluster.drawing.picture import Group, Readiness
from cluster.drawing.quorum_words import Health
from cluster.quorum import DqliteRole

PASSING = tuple(
    f"node.kubernetes.io/{word}"
    for word in (
        "not-ready=:NoSchedule",
        "not-ready=:NoExecute",
        "unreachable=:NoExecute",
        "unschedulable=:NoSchedule",
    )
)


def of(body, inventory=()):
    return {found.name: found for found in picture_of(body, inventory).nodes}


def test_a_node_is_what_inventory_datastore_and_kubernetes_say():
    body = observed(1, 1)
    body["observation"]["nodes"][0] |= {"schedulable": False, "taints": [TAINT]}

    found = of(body, hosts(body, "berlin", zone="rack-1"))

    assert found["cp-1"] == NodePicture(
        name="cp-1",
        group=Group.CONTROL_PLANE,
        dqlite=DqliteRole.VOTER,
        alive=True,
        leader=True,
        seed=True,
        readiness=Readiness.READY,
        cordoned=True,
        taints=(TAINT,),
        address="10.0.0.1",
        site="berlin",
        zone="rack-1",
    )
    assert found["cp-1"].dedicated
    assert (found["w-1"].group, found["w-1"].seed, found["w-1"].alive) == (
        Group.WORKERS,
        False,
        None,
    )


@pytest.mark.parametrize(
    ("ready", "drawn"),
    [(True, (TAINT, "team=a:NoExecute")), (False, (TAINT, "team=a:NoExecute", *PASSING))],
    ids=["ready", "not ready"],
)
def test_what_kubernetes_takes_off_by_itself_is_drawn_on_nodes_that_are_not_ready_only(
    ready, drawn
):
    body = observed(1)
    taints = [TAINT, "team=a:NoExecute", *PASSING]
    body["observation"]["nodes"][0] |= {"ready": ready, "taints": taints}

    assert of(body)["cp-1"].taints == drawn


def test_the_seed_is_the_first_control_plane_node_whoever_leads():
    body = observed(3)
    body["observation"]["members"][0]["leader"] = False
    body["observation"]["members"][2]["leader"] = True

    found = of(body)

    assert [name for name in found if found[name].seed] == ["cp-1"]
    assert [name for name in found if found[name].leader] == ["cp-3"]


def test_a_stranger_that_both_lists_name_is_one_node():
    body = observed(1)
    body["observation"]["members"].append(member(None, "10.9.9.9", role="spare"))
    body["observation"]["nodes"].append(node("old", "10.9.9.9", host=None, ready=False))

    found = of(body)

    assert list(found) == ["cp-1", "old"]
    assert (found["old"].group, found["old"].dqlite) == (Group.UNKNOWN, DqliteRole.SPARE)
    assert picture_of(body).size == 1


def test_what_is_not_known_is_not_called_dead():
    unlisted = seen(observed(1), nodes=[])
    silent = seen(observed(1), nodes=None)

    assert of(unseen(1))["cp-1"].health is Health.UNKNOWN
    assert of(unlisted)["cp-1"].readiness is Readiness.MISSING
    assert of(silent)["cp-1"].readiness is Readiness.SILENT
    assert of(silent)["cp-1"].health is Health.WARN


def test_a_dead_member_is_bad_although_kubernetes_has_not_noticed():
    body = observed(3)
    body["observation"]["members"][2]["alive"] = False

    assert [found.health for found in of(body).values()] == [Health.GOOD, Health.GOOD, Health.BAD]


def test_a_node_that_never_was_clustered_has_the_inventorys_address():
    body = seen(unseen(1), members=[member("cp-1", "127.0.0.1")], nodes=None)

    assert of(body, hosts(body))["cp-1"].address == "192.168.1.0"


def test_a_nodes_site_is_told_only_where_there_are_several():
    body = observed(3, 2)

    def places(*sites):
        picture = picture_of(body, hosts(body, *sites))
        return {word for node in picture.nodes for word in picture.place(node)}

    assert places() == set()
    assert places("berlin", "madrid") == {"site berlin", "site madrid"}
