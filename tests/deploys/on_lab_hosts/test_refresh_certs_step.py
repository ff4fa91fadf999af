"""Renewing certificates on real hosts: by effect, once, and again where it was cut off."""

from collections.abc import Iterator
from typing import Any

import pytest
from steps import StepFailed, Steps, effects, wait_until
from variants import first_of

from lab import Lab

OBSERVE = {"control_plane": ["n1"], "workers": []}
NAMES = {"server.crt", "front-proxy-client.crt"}


@pytest.fixture
def node(steps: Steps, lab: Lab) -> Iterator[Steps]:
    """One node whose certificates end in ten days."""
    steps.kill()  # the process keeps what earlier tests noted of the same step
    steps.apply("install_microk8s", hosts=["n1"], channel="1.32/stable")
    lab.age_certificates("n1", 10)
    yield steps
    lab.clear_fault("n1")


def findings(steps: Steps) -> list[tuple[str, Any]]:
    rows = steps.apply("observe", **OBSERVE)["observation"]["findings"]
    return [(row["code"], row["measured"]) for row in rows]


def renewals(lab: Lab) -> list[str]:
    return [row["name"] for row in effects(lab, "n1", "certificate-refreshed")]


def test_a_node_whose_certificates_end_soon_is_found_and_renewed_once(
    lab: Lab, node: Steps
) -> None:
    before = findings(node)

    first = node.apply("refresh_certs", host="n1")
    again = node.apply("refresh_certs", host="n1")

    assert before == [("certificate-ends-soon", 9)]
    assert findings(node) == []
    assert first == again
    assert set(first["renewed"]) == NAMES
    assert sorted(renewals(lab)) == sorted(NAMES)
    assert lab.exec("n1", "/snap/bin/microk8s refresh-certs -c").stdout.count("364 days") == 2


def test_a_verification_reads_the_certificates_too_and_passes_though_they_end_soon(
    node: Steps,
) -> None:
    seen = node.apply("verify_quorum", **OBSERVE, voters=1)["observation"]

    assert [row["name"] for row in seen["certificates"]] == ["ca.crt", *sorted(NAMES)[::-1]]
    assert [row["code"] for row in seen["findings"]] == ["certificate-ends-soon"]


def test_certificates_that_live_longer_than_new_ones_are_kept(lab: Lab, node: Steps) -> None:
    lab.age_certificates("n1", 3000)

    kept = node.apply("refresh_certs", host="n1")

    assert kept["renewed"] == []
    assert renewals(lab) == []


@pytest.mark.parametrize(
    ("fault", "message"),
    first_of(
        [
            ({"action": "false-success"}, "reported success, and server.crt is missing"),
            ({"action": "kill-before-new-certificate"}, "exit code 137"),
            ({"action": "fail-before", "rc": 4, "text": "Restart failed."}, "Restart failed."),
        ]
    ),
)
def test_what_did_not_work_is_told_and_the_next_attempt_makes_it_good(
    lab: Lab, node: Steps, fault: dict[str, Any], message: str
) -> None:
    lab.add_fault("n1", {"match": "microk8s refresh-certs", **fault})

    with pytest.raises(StepFailed) as caught:
        node.apply("refresh_certs", host="n1")
    lab.clear_fault("n1")
    node.apply("refresh_certs", host="n1")

    assert caught.value.kind == "Transient"
    assert message in caught.value.message
    assert "refresh-certs -e server.crt" in caught.value.answer["error"]["advice"]
    assert findings(node) == []


def test_a_renewed_node_whose_api_does_not_answer_is_waited_for_and_not_renewed_again(
    lab: Lab, node: Steps
) -> None:
    lab.add_fault("n1", {"match": "microk8s kubectl", "action": "fail-before", "text": "refused"})

    with pytest.raises(StepFailed, match="API of n1 does not answer") as caught:
        node.apply("refresh_certs", host="n1", look_seconds=0)
    renewed = renewals(lab)
    lab.clear_fault("n1")
    wait_until(lambda: "Ready" in lab.exec("n1", "/snap/bin/microk8s kubectl get nodes").stdout)
    node.look_again("refresh_certs", host="n1", look_seconds=0)

    assert caught.value.kind == "NotYet"
    assert set(renewed) == NAMES
    assert renewals(lab) == renewed
