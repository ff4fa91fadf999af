"""The hosts of a cluster are freed: what was put on them goes, and they are as they were."""

import pytest
from steps import StepFailed, Steps, wait_until
from variants import first_of

from lab import Lab

CHANNEL = "1.32/stable"
OURS = {"installation": "first", "cluster": "prod", "job": "job-a"}
LATER_JOB = OURS | {"job": "job-b"}
HOSTS = ["n1", "n2"]
ROLES = {"n1": "control-plane", "n2": "worker"}
STATE = (
    "cat /etc/hosts; ls /etc/sysctl.d /etc/modules-load.d /var/lib/clusterwright 2>&1; "
    "sysctl -n fs.aio-max-nr; ufw status; timedatectl show -p NTP; snap list microk8s 2>&1"
)
ARGS = "cd /var/snap/microk8s/current/args; cat kube-apiserver kubelet"


def state(lab: Lab) -> dict[str, str]:
    return {host: lab.exec(host, STATE).stdout for host in HOSTS}


def is_installed(lab: Lab, host: str) -> bool:
    return lab.exec(host, "snap list microk8s").returncode == 0


def is_prepared(lab: Lab, host: str) -> bool:
    return "BEGIN clusterwright" in lab.exec(host, "cat /etc/hosts").stdout


@pytest.fixture
def fresh(lab: Lab) -> dict[str, str]:
    """Return how the hosts are before anything is put on them."""
    return state(lab)


@pytest.fixture
def there(steps: Steps, fresh: dict[str, str]) -> Steps:
    """Hosts prepared and installed by one job; what follows is another job's."""
    assert fresh
    steps.mark = OURS
    steps.apply("prepare_hosts", hosts=HOSTS, roles=ROLES)
    steps.apply("install_microk8s", hosts=HOSTS, channel=CHANNEL)
    steps.mark = LATER_JOB
    return steps


def test_hosts_are_free_and_as_before_and_a_second_time_does_no_harm(
    lab: Lab, there: Steps, fresh: dict[str, str]
) -> None:
    for _ in range(2):
        there.apply("remove_microk8s", hosts=HOSTS)

        assert state(lab) == fresh


@pytest.mark.parametrize("part", first_of(["installation", "cluster"]))
def test_where_one_host_is_anothers_nothing_is_removed_from_any(
    lab: Lab, there: Steps, part: str
) -> None:
    mark = "/var/lib/clusterwright/installed-microk8s"
    lab.exec("n2", f"sed -i 's/^{part}=.*/{part}=other/' {mark}")
    before = state(lab)

    with pytest.raises(StepFailed, match="n2: cannot remove microk8s: job job-a of ") as caught:
        there.apply("remove_microk8s", hosts=HOSTS)

    assert caught.value.kind == "Permanent"
    assert state(lab) == before


@pytest.mark.slow
def test_an_attempt_that_was_killed_between_purge_and_restoring_is_carried_to_the_end(
    lab: Lab, there: Steps, fresh: dict[str, str]
) -> None:
    lab.add_fault("n2", {"match": "snap remove", "action": "slow", "seconds": 3, "times": 1})
    there.begin("remove_microk8s", "apply", {"hosts": HOSTS})
    wait_until(lambda: not is_installed(lab, "n1"))
    there.kill()
    assert is_prepared(lab, "n1")

    there.apply("remove_microk8s", hosts=HOSTS)

    assert state(lab) == fresh


@pytest.mark.slow
def test_a_host_that_cannot_be_purged_keeps_no_other_from_being_freed(
    lab: Lab, there: Steps, fresh: dict[str, str]
) -> None:
    lab.add_fault("n2", {"match": "snap remove", "action": "fail-before", "times": 1})

    with pytest.raises(StepFailed, match="cannot remove MicroK8s: n2: ") as caught:
        there.apply("remove_microk8s", hosts=HOSTS)

    assert caught.value.kind == "Transient"
    assert state(lab)["n1"] == fresh["n1"]
    assert is_installed(lab, "n2")
    assert is_prepared(lab, "n2")
    there.apply("remove_microk8s", hosts=HOSTS)
    assert state(lab) == fresh


def test_somebodys_own_microk8s_gets_its_arguments_back_also_after_an_attempt_that_failed(
    lab: Lab, steps: Steps
) -> None:
    lab.exec("n1", f"snap install microk8s --classic --channel={CHANNEL}")
    before = lab.exec("n1", ARGS).stdout
    steps.mark = OURS
    steps.apply("install_microk8s", hosts=["n1"], channel=CHANNEL)
    lab.add_fault("n1", {"match": "snap restart", "action": "fail-before", "times": 1})
    with pytest.raises(StepFailed) as caught:
        steps.apply("remove_microk8s", hosts=["n1"])

    steps.apply("remove_microk8s", hosts=["n1"])

    assert caught.value.kind == "Transient"
    assert lab.exec("n1", ARGS).stdout == before
    assert is_installed(lab, "n1")
    details = [row[3] for row in steps.last["reports"] if row[1] == "done"]
    assert details == ["kept: MicroK8s was here before, and has its arguments back"]
    assert lab.exec("n1", "ls -A /var/lib/clusterwright").stdout == ""


@pytest.mark.slow
def test_names_of_added_nodes_are_taken_back_by_the_job_that_added_them_alone(
    lab: Lab, steps: Steps
) -> None:
    steps.mark = OURS
    first = {"hosts": HOSTS, "roles": ROLES}
    steps.apply("prepare_hosts", **first)
    before = state(lab)
    added = {"hosts": [*HOSTS, "n3"], "roles": {**ROLES, "n3": "worker"}}
    steps.mark = LATER_JOB
    steps.apply("prepare_hosts", **added)
    with_n3 = state(lab)

    steps.mark = OURS | {"job": "job-c"}
    steps.undo("prepare_hosts", **added)
    assert state(lab) == with_n3
    steps.mark = LATER_JOB
    steps.undo("prepare_hosts", **added)

    assert all("10.79.0.13 n3" in text for text in with_n3.values())
    assert state(lab) == before
    assert not is_prepared(lab, "n3")
