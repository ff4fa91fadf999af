"""Whose MicroK8s is on a host already: ours for this job, or nothing that a job may touch."""

from dataclasses import replace
from typing import Any

import pytest
from fit_hosts import ADDRESSES, CONTROL_PLANE, fit, verdicts

from cluster.findings import Finding
from deploy_scripts.checks.rules import judge
from deploy_scripts.fleet.marks import Mark

JOB = Mark("here", "prod", "job-1")
PEERS = ("10.0.0.11", "10.0.0.12")


def found(job: Mark | None = JOB, host: str = "n2", **changes: Any) -> tuple[Finding, ...]:
    """What is said of one host for a job that bears the mark ``job``."""
    facts = {host: fit(host, **changes)}
    return judge(facts, CONTROL_PLANE, "production", addresses=ADDRESSES, mark=job)


@pytest.mark.parametrize("role", ["standalone", "stopped", "half-joined", "joining"])
@pytest.mark.parametrize("mark", [JOB, None], ids=["job is told", "job is not told"])
def test_somebody_elses_microk8s_is_refused_unless_its_loss_is_accepted(
    role: str, mark: Mark | None
) -> None:
    findings = found(mark, role=role, channel="1.32/stable")

    assert verdicts(findings) == [("refuse", "microk8s-not-ours", True)]
    assert "joining throws its datastore away" in findings[0].message


def test_on_the_seed_nothing_joins_and_yet_somebody_elses_microk8s_is_refused() -> None:
    findings = found(host="n1", role="standalone")

    assert verdicts(findings) == [("refuse", "microk8s-not-ours", True)]
    assert "a rollback would remove them" in findings[0].message


@pytest.mark.parametrize("role", ["control-plane", "worker"])
@pytest.mark.parametrize("mark", [JOB, None], ids=["job is told", "job is not told"])
def test_a_node_that_we_did_not_make_is_refused_whatever_is_accepted(
    role: str, mark: Mark | None
) -> None:
    assert verdicts(found(mark, role=role, peers=PEERS)) == [("refuse", "unknown-node", False)]


@pytest.mark.parametrize(
    ("role", "mark", "expected"),
    [
        ("standalone", JOB, ("info", "microk8s-installed", False)),
        ("standalone", replace(JOB, job="job-0"), ("info", "microk8s-installed", False)),
        ("standalone", Mark(), ("info", "microk8s-installed", False)),
        ("half-joined", JOB, ("warn", "half-joined", False)),
        ("stopped", JOB, ("warn", "microk8s-stopped", False)),
        ("control-plane", JOB, ("info", "already-node", False)),
        ("control-plane", replace(JOB, job="job-0"), ("refuse", "already-node", False)),
        ("control-plane", replace(JOB, job=""), ("refuse", "already-node", False)),
        ("control-plane", Mark(), ("refuse", "unknown-node", False)),
        ("standalone", replace(JOB, cluster="dev"), ("refuse", "other-cluster", False)),
        ("control-plane", replace(JOB, cluster="dev"), ("refuse", "other-cluster", False)),
        ("half-joined", replace(JOB, cluster="dev"), ("refuse", "other-cluster", False)),
        ("standalone", replace(JOB, installation="x"), ("refuse", "other-installation", False)),
        ("control-plane", replace(JOB, installation="x"), ("refuse", "other-installation", False)),
        ("half-joined", replace(JOB, installation="x"), ("refuse", "other-installation", False)),
    ],
)
def test_a_mark_is_compared_with_the_jobs_own(
    role: str, mark: Mark, expected: tuple[str, str, bool]
) -> None:
    assert verdicts(found(role=role, ours=True, mark=mark)) == [expected]


def test_a_lone_microk8s_of_another_installation_is_kept_where_it_has_peers() -> None:
    peers = ("10.0.0.12", "10.9.9.9")

    findings = found(role="standalone", ours=True, mark=Mark("x"), peers=peers)

    assert verdicts(findings) == [("refuse", "other-installation", False)]


def test_a_retry_of_the_same_job_finds_its_own_nodes_again() -> None:
    facts = {
        "n1": fit("n1", role="control-plane", ours=True, mark=JOB, peers=PEERS),
        "n2": fit("n2", role="control-plane", ours=True, mark=JOB, peers=PEERS),
        "n3": fit("n3", role="standalone", ours=True, mark=JOB),
    }

    findings = judge(facts, CONTROL_PLANE, "production", addresses=ADDRESSES, mark=JOB)

    assert [each.code for each in findings] == [
        *("already-node", "already-node"),
        "microk8s-installed",
    ]
    assert {str(each.severity) for each in findings} == {"info"}


def test_an_expected_member_needs_no_mark_and_may_have_another_jobs() -> None:
    for ours, mark in ((False, Mark()), (True, replace(JOB, job="job-0"))):
        facts = {"n2": fit("n2", role="control-plane", ours=ours, mark=mark, peers=PEERS)}

        findings = judge(
            facts, CONTROL_PLANE, "production", addresses=ADDRESSES, members=["n2"], mark=JOB
        )

        assert verdicts(findings) == [("info", "already-node", False)]


def test_a_node_that_was_struck_off_and_comes_back_is_told_how_it_becomes_free() -> None:
    job = "3f2a91c0" * 4
    former = replace(JOB, job=job)
    for peers in (PEERS, (*PEERS, "10.9.9.9")):  # who was lost with it may be known no more
        facts = {"n3": fit("n3", role="control-plane", ours=True, mark=former, peers=peers)}

        [finding] = judge(
            facts, CONTROL_PLANE, "production", addresses=ADDRESSES, members=["n1"], mark=JOB
        )

        assert (str(finding.severity), finding.code) == ("refuse", "already-node")
        assert "by what it carries" in finding.message
        assert job[:12] in finding.message
        assert job not in finding.message  # it would be masked
        assert finding.advice.endswith("then run 'snap remove --purge microk8s' on n3")


def test_another_clusters_node_is_refused_by_the_clusters_name() -> None:
    finding = found(role="worker", ours=True, mark=Mark("here", "dev", "job-7"))[0]

    assert finding.message == "n2 is a worker node, put there for cluster dev (job job-7)"
    assert "roll back what made it a part of dev" in finding.advice


def test_a_microk8s_of_another_channel_is_refused_before_the_installation_finds_out() -> None:
    facts = {"n2": fit("n2", role="standalone", ours=True, mark=JOB, channel="1.31/stable")}

    findings = judge(
        facts, CONTROL_PLANE, "production", addresses=ADDRESSES, mark=JOB, channel="1.32/stable"
    )

    assert [each.code for each in findings] == ["other-channel", "microk8s-installed"]
