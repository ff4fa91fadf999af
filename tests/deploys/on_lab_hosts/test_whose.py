"""A job takes away nothing that it did not put there itself, whoever else works on its hosts."""

import pytest
from steps import StepFailed, Steps, effects, wait_until
from variants import first_of

from lab import Lab

CHANNEL = "1.32/stable"
OURS = {"installation": "first", "cluster": "prod", "job": "job-a"}
LATER_JOB = OURS | {"job": "job-b"}
OTHER_INSTALLATION = OURS | {"installation": "second", "job": "job-c"}
NAMELESS = {"installation": "", "cluster": "", "job": ""}
STRANGERS = [LATER_JOB, OTHER_INSTALLATION, NAMELESS]
NAMES = ["later-job", "other-installation", "by-hand"]
ONE = {"hosts": ["n1"], "channel": CHANNEL}
WORKER = {"seed": "n1", "hosts": ["n2"]}
SECOND = {"seed": "n1", "host": "n2", "expected_members": 2}


def is_installed(lab: Lab, host: str) -> bool:
    return lab.exec(host, "snap list microk8s").returncode == 0


def nodes(lab: Lab) -> set[str]:
    listing = lab.exec("n1", "/snap/bin/microk8s kubectl get nodes --no-headers").stdout
    return {line.split()[0] for line in listing.splitlines()}


@pytest.fixture
def ours(steps: Steps) -> Steps:
    steps.mark = OURS
    return steps


@pytest.fixture
def installed(ours: Steps) -> Steps:
    ours.apply("install_microk8s", hosts=["n1", "n2"], channel=CHANNEL)
    return ours


@pytest.mark.parametrize("stranger", first_of(STRANGERS), ids=NAMES)
def test_what_one_job_installed_no_other_job_removes(
    lab: Lab, installed: Steps, stranger: dict[str, str]
) -> None:
    installed.mark = stranger

    installed.undo("install_microk8s", **ONE)

    assert is_installed(lab, "n1")
    details = [row[3] for row in installed.last["reports"] if row[1] == "done"]
    assert details == ["kept: job job-a of cluster prod, installation first put MicroK8s here"]


def test_the_job_itself_removes_it_with_every_note(lab: Lab, installed: Steps) -> None:
    installed.undo("install_microk8s", **ONE)

    assert not is_installed(lab, "n1")
    assert lab.exec("n1", "ls -A /var/lib/clusterwright").stdout == ""


@pytest.mark.parametrize(
    "stranger",
    first_of([OTHER_INSTALLATION, OURS | {"cluster": "lab", "job": "job-d"}]),
    ids=["other-installation", "other-cluster"],
)
def test_the_microk8s_of_another_is_refused_by_name_before_anything_is_changed(
    lab: Lab, installed: Steps, stranger: dict[str, str]
) -> None:
    installed.mark = stranger

    with pytest.raises(StepFailed, match="job job-a of cluster prod, installation first") as caught:
        installed.apply("install_microk8s", **ONE)

    assert caught.value.kind == "Permanent"
    assert len(effects(lab, "n1", "install")) == 1


@pytest.mark.parametrize("stranger", first_of(STRANGERS), ids=NAMES)
def test_a_node_that_one_job_joined_no_other_job_takes_out(
    lab: Lab, installed: Steps, stranger: dict[str, str]
) -> None:
    installed.apply("join_control_plane", **SECOND)
    installed.mark = stranger

    installed.undo("join_control_plane", **SECOND)
    installed.undo("join_workers", **WORKER)

    assert nodes(lab) == {"n1", "n2"}
    assert effects(lab, "n2", "left") == []


@pytest.mark.slow
def test_not_even_when_the_node_has_died(lab: Lab, installed: Steps) -> None:
    installed.apply("join_workers", **WORKER)
    lab.kill("n2")
    installed.mark = LATER_JOB

    try:
        installed.undo("join_workers", **WORKER)
    finally:
        lab.boot("n2")

    assert nodes(lab) == {"n1", "n2"}


def test_a_seed_that_other_jobs_nodes_need_is_not_removed(lab: Lab, installed: Steps) -> None:
    installed.mark = LATER_JOB
    installed.apply("join_workers", **WORKER)
    installed.mark = OURS

    with pytest.raises(StepFailed, match=r"nodes that other jobs joined need it: 10\.79\.0\.12"):
        installed.undo("install_microk8s", **ONE)

    assert nodes(lab) == {"n1", "n2"}


def test_a_half_joined_microk8s_of_somebody_else_is_not_purged(lab: Lab, installed: Steps) -> None:
    lab.exec("n2", "touch /var/snap/microk8s/current/var/lock/join-in-progress")
    installed.mark = OTHER_INSTALLATION

    with pytest.raises(
        StepFailed, match="cannot start afresh: job job-a of cluster prod"
    ) as caught:
        installed.apply("join_workers", **WORKER)

    assert caught.value.kind == "Permanent"
    assert len(effects(lab, "n2", "install")) == 1


@pytest.mark.slow
def test_a_worker_is_not_purged_because_the_list_of_nodes_cannot_be_read(
    lab: Lab, installed: Steps
) -> None:
    installed.apply("join_workers", **WORKER)
    lab.add_fault("n1", {"match": "microk8s kubectl", "action": "fail-before"})

    with pytest.raises(StepFailed, match="nobody can tell which nodes there are") as caught:
        installed.apply("join_workers", **WORKER)

    lab.clear_fault("n1")
    assert caught.value.kind == "Transient"
    assert len(effects(lab, "n2", "install")) == 1
    installed.apply("join_workers", **WORKER)
    assert nodes(lab) == {"n1", "n2"}


def test_a_worker_of_another_cluster_is_not_purged(lab: Lab, installed: Steps) -> None:
    installed.apply("install_microk8s", hosts=["n3"], channel=CHANNEL)
    installed.apply("join_workers", **WORKER)
    installed.mark = LATER_JOB

    with pytest.raises(StepFailed, match=r"job job-a of cluster prod.* joined this node"):
        installed.apply("join_workers", seed="n3", hosts=["n2"])

    assert nodes(lab) == {"n1", "n2"}


def test_a_host_whose_answer_cannot_be_read_is_not_purged(lab: Lab, installed: Steps) -> None:
    lab.add_fault("n2", {"match": "snap list", "action": "fail-before"})

    with pytest.raises(StepFailed) as caught:
        installed.apply("join_workers", **WORKER)

    lab.clear_fault("n2")
    assert caught.value.kind == "Transient"
    assert len(effects(lab, "n2", "install")) == 1
    assert is_installed(lab, "n2")


def test_an_installation_that_was_cut_off_does_not_come_back_after_its_undo(
    lab: Lab, ours: Steps
) -> None:
    lab.add_fault("n1", {"match": "snap install", "action": "slow", "seconds": 20, "times": 1})
    ours.begin("install_microk8s", "apply", ONE)
    wait_until(lambda: "Doing" in lab.exec("n1", "snap changes").stdout)
    ours.kill()

    ours.undo("install_microk8s", **ONE)

    assert not is_installed(lab, "n1")
    assert "Doing" not in lab.exec("n1", "snap changes").stdout
    assert effects(lab, "n1", "install") == []


def test_somebodys_own_microk8s_gets_its_arguments_back(lab: Lab, ours: Steps) -> None:
    lab.exec("n1", f"snap install microk8s --classic --channel={CHANNEL}")
    args = "cd /var/snap/microk8s/current/args; cat kube-apiserver kubelet"
    before = lab.exec("n1", args).stdout
    ours.apply("install_microk8s", **ONE)
    arguments = lab.exec("n1", args).stdout

    ours.undo("install_microk8s", **ONE)

    assert "--advertise-address=10.79.0.11\n" in arguments
    assert "--node-ip=10.79.0.11\n" in arguments
    assert lab.exec("n1", args).stdout == before
    assert is_installed(lab, "n1")
