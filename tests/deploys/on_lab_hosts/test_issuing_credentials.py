"""A credential is signed by the cluster's authority, for the key that asked, and not for long."""

import time
from collections.abc import Iterator

import pytest
from cryptography.x509 import load_pem_x509_certificate
from signing_keys import GROUP, USER, key, request
from steps import StepFailed, Steps, effects

from lab import Lab

SECONDS = 3600
CONTROL_PLANE = {"host": "n1", "cluster": "prod", "control_plane": ["n1"], "seconds": SECONDS}
KUBECTL = "/snap/bin/microk8s kubectl"
APPROVE = "microk8s kubectl --request-timeout=10s certificate"


@pytest.fixture
def node(steps: Steps, lab: Lab) -> Iterator[Steps]:
    steps.kill()  # the process keeps what earlier tests noted of the same step
    steps.apply("install_microk8s", hosts=["n1"], channel="1.32/stable")
    yield steps
    lab.clear_fault("n1")


def test_the_authority_signs_who_asked_once_for_hours_and_tells_where_the_api_is(
    lab: Lab, node: Steps
) -> None:
    own = key()
    wanted = request(own)

    issued = node.apply("issue_credential", request=wanted, **CONTROL_PLANE)
    again = node.apply("issue_credential", request=wanted, **CONTROL_PLANE)

    certificate = load_pem_x509_certificate(issued["certificate"].encode())
    authority = load_pem_x509_certificate(issued["authority"].encode())
    certificate.verify_directly_issued_by(authority)
    assert certificate.public_key() == own.public_key()
    assert certificate.subject.rfc4514_string() == f"CN={USER},O={GROUP}"
    assert abs(issued["ends"] - time.time() - SECONDS) < 120
    address = lab.inventory()[0]["node_address"]
    assert issued["servers"] == [{"node": "n1", "url": f"https://{address}:16443"}]
    assert (issued["user"], issued["role"], issued["is_bounded"]) == (USER, "cluster-admin", False)
    assert again == issued
    assert len(effects(lab, "n1", "request-approved")) == 1


def test_a_role_is_refused_where_the_api_server_asks_for_none_and_bound_where_it_does(
    lab: Lab, node: Steps
) -> None:
    wanted = request(group="clusterwright:view")

    with pytest.raises(StepFailed) as caught:
        node.apply("issue_credential", request=wanted, **CONTROL_PLANE)
    untouched = lab.exec("n1", f"{KUBECTL} get csr").stdout
    lab.exec("n1", "/snap/bin/microk8s enable rbac")
    issued = node.apply("issue_credential", request=wanted, **CONTROL_PLANE)

    assert caught.value.kind == "Permanent"
    assert "--authorization-mode=AlwaysAllow" in caught.value.message
    assert "clusterwright-" not in untouched
    assert (issued["role"], issued["is_bounded"]) == ("view", True)
    bound = lab.exec("n1", f"{KUBECTL} get clusterrolebinding -o json").stdout
    assert '"name": "clusterwright-view"' in bound
    assert '"name": "clusterwright:view"' in bound


def test_what_is_not_signed_is_waited_for_and_what_lives_too_long_is_not_handed_over(
    lab: Lab, node: Steps
) -> None:
    lab.add_fault("n1", {"match": APPROVE, "action": "never-signed"})
    with pytest.raises(StepFailed) as waiting:
        node.apply("issue_credential", request=request(), look_seconds=0, **CONTROL_PLANE)
    lab.clear_fault("n1")
    lab.add_fault("n1", {"match": APPROVE, "action": "signed-for-long"})
    with pytest.raises(StepFailed) as long:
        node.apply("issue_credential", request=request(), **CONTROL_PLANE)

    assert waiting.value.kind == "NotYet"
    assert "has not signed" in waiting.value.message
    assert long.value.kind == "Permanent"
    assert "instead of 60" in long.value.message
