"""What may be asked of a cluster's authority, and of whom: everything else is refused before."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509 import DNSName, NameOID
from hypothesis import given
from hypothesis import strategies as st
from kind_worlds import hosts
from marshmallow import ValidationError
from signing_keys import USER, key, request

from cluster.credentials import LONGEST, ROLES, group_of
from cluster.observation import Observation, SeenMember
from cluster.quorum import DqliteRole
from cluster.signing_requests import read_request
from cluster.spec import Cluster, Environment, Node, Role
from workflows.access import Permission
from workflows.kinds import KINDS
from workflows.plan import Change, Lock, Scope
from workflows.planner import normalised, planned

KIND = KINDS["issue-kubeconfig"]


@pytest.mark.parametrize("role", ROLES)
def test_a_request_tells_user_role_and_key(role):
    own = key()

    wanted = read_request(request(own, group=group_of(role)))

    assert (wanted.user, wanted.role) == (USER, role)
    assert wanted.pem.startswith("-----BEGIN CERTIFICATE REQUEST-----\n")


@pytest.mark.parametrize(
    ("user", "group"),
    [
        (USER, "system:masters"),
        (USER, "clusterwright:system:masters"),
        ("system:kube-controller-manager", "clusterwright:view"),
        ("admin", "clusterwright:view"),
        ("clusterwright:", "clusterwright:view"),
        ("clusterwright:a\n", "clusterwright:view"),
    ],
)
def test_nobody_but_a_user_of_ours_in_the_group_of_a_role_is_asked_for(user, group):
    with pytest.raises(ValueError, match="its subject is not CN=clusterwright:NAME"):
        read_request(request(user=user, group=group))


def test_a_second_group_a_second_name_and_other_names_are_refused():
    for more in (
        [(NameOID.ORGANIZATION_NAME, "system:masters")],
        [(NameOID.COMMON_NAME, "system:admin")],
        [(NameOID.ORGANIZATIONAL_UNIT_NAME, "x")],
    ):
        with pytest.raises(ValueError, match="its subject is not"):
            read_request(request(more=more))
    with pytest.raises(ValueError, match="asks for extensions"):
        read_request(request(names=[DNSName("kubernetes")]))


def test_a_weak_key_and_a_signature_of_another_key_are_refused():
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505  # to be refused
    for weak in (short, ec.generate_private_key(ec.SECP192R1())):
        with pytest.raises(ValueError, match="its key is none of"):
            read_request(request(weak))
    signed = bytearray(base64.b64decode(request()))
    signed[-1] ^= 1
    with pytest.raises(ValueError, match=r"signature|no request"):
        read_request(base64.b64encode(signed).decode())


@given(st.text(max_size=60) | st.binary(max_size=200).map(lambda b: base64.b64encode(b).decode()))
def test_any_other_text_is_refused_with_a_reason(text):
    with pytest.raises(ValueError, match="it is no request"):
        read_request(text)


def test_a_long_text_is_not_read():
    with pytest.raises(ValueError, match=f"{LONGEST} are read at most"):
        read_request("A" * (LONGEST + 1))


def test_the_role_that_is_shown_is_the_one_that_is_signed():
    with pytest.raises(ValidationError, match="it is for the role cluster-admin, and view is"):
        normalised(KIND, {"request": request(), "role": "view"})


@pytest.mark.parametrize("minutes", [9, 1441])
def test_it_lives_for_ten_minutes_at_least_and_a_day_at_most(minutes):
    with pytest.raises(ValidationError):
        normalised(KIND, {"request": request(), "role": "cluster-admin", "minutes": minutes})


def cluster(addons=(), dead=()):
    nodes = {host: Node(host, Role.CONTROL_PLANE, "1.32/stable") for host in ("n1", "n2", "n3")}
    members = tuple(
        SeenMember(host, "", DqliteRole.VOTER, host not in dead, host == "n3") for host in nodes
    )
    seen = Observation(1_800_000_000.0, (), True, members, ())
    return Cluster("prod", Environment.PROD, nodes, addons, observation=seen)


def plan(there, role):
    params = normalised(KIND, {"request": request(group=group_of(role)), "role": role})
    known = hosts(dict.fromkeys(there.nodes, "prod"))
    return planned(
        KIND, Change("prod", KIND.name, params), Scope("prod", there, known, record=there)
    )


def test_it_is_asked_through_a_node_that_answers_and_names_every_control_plane_node():
    [step] = [
        step
        for step in plan(cluster(dead=("n1",)), "cluster-admin").steps
        if step.name == "issue_credential"
    ]

    assert step.hosts == ("n2",)
    assert step.args["control_plane"] == ["n1", "n2", "n3"]
    assert step.args["seconds"] == 8 * 3600


def test_a_role_without_rbac_is_refused_unless_that_is_accepted():
    bounded, everything = plan(cluster(("rbac",)), "view"), plan(cluster(), "cluster-admin")
    refused = plan(cluster(), "view")

    assert [row.code for row in refused.refusals(frozenset())] == ["roles-unknown"]
    assert refused.refusals(frozenset({"roles-unknown"})) == ()
    assert bounded.refusals(frozenset()) == everything.refusals(frozenset()) == ()


def test_it_needs_the_strongest_permission_and_is_no_change_that_escapes_approvals():
    assert KIND.permission is Permission.DESTROY
    assert KIND.lock is Lock.SHARED
