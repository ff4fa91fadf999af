"""The step that adopts hosts marks them, and its undo puts back what their marks were."""

import pytest
from steps import StepFailed, Steps

from lab import Lab

MARK = "/var/lib/clusterwright/installed-microk8s"
CHANNEL = "1.32/stable"
OURS = {"installation": "first", "cluster": "prod", "job": "job-b"}
THEIRS = {"installation": "second", "cluster": "old", "job": "job-a"}
ADOPT = {"hosts": ["n1"], "cluster": "prod", "accept": ["marked-by-another"]}


def mark(lab: Lab) -> str:
    return str(lab.exec("n1", f"cat {MARK} 2>&1").stdout)


@pytest.fixture
def strangers(steps: Steps) -> Steps:
    """Steps of ours, on a host that another installation has."""
    steps.kill()  # a process remembers what steps noted
    steps.mark = THEIRS
    steps.apply("install_microk8s", hosts=["n1"], channel=CHANNEL)
    steps.mark = OURS
    return steps


def test_the_mark_of_another_installation_comes_back_with_the_undo(
    lab: Lab, strangers: Steps
) -> None:
    before = mark(lab)

    found = strangers.apply("adopt_hosts", **ADOPT)
    marked = mark(lab)
    strangers.apply("adopt_hosts", **ADOPT)
    strangers.undo("adopt_hosts", **ADOPT)

    assert "installation=second" in before
    assert marked == "installation=first\ncluster=prod\njob=job-b\n"
    assert found["record"]["nodes"]["n1"]["role"] == "control-plane"
    assert mark(lab) == before
    assert lab.exec("n1", "snap list microk8s").returncode == 0


def test_a_mark_that_somebody_else_has_put_there_since_stays(lab: Lab, strangers: Steps) -> None:
    strangers.apply("adopt_hosts", **ADOPT)
    lab.exec("n1", f"sed -i s/first/third/ {MARK}")

    with pytest.raises(StepFailed, match="its mark is another"):
        strangers.apply("adopt_hosts", **ADOPT)
    strangers.undo("adopt_hosts", **ADOPT)

    assert "installation=third" in mark(lab)
    details = [row[3] for row in strangers.last["reports"] if row[1] == "done"]
    assert details == ["kept: job job-b of cluster prod, installation third has marked it since"]


def test_a_host_without_a_mark_of_ours_has_no_folder_of_ours_after_the_undo(
    lab: Lab, steps: Steps
) -> None:
    lab.exec("n1", f"snap install microk8s --classic --channel={CHANNEL}")
    lab.exec("n1", "/snap/bin/microk8s status --wait-ready")
    steps.kill()
    steps.mark = OURS

    steps.apply("adopt_hosts", **ADOPT)
    steps.undo("adopt_hosts", **ADOPT)

    assert lab.exec("n1", "ls /var/lib/clusterwright").returncode != 0


def test_a_host_that_is_another_machine_than_its_node_runs_on_is_not_marked(
    lab: Lab, strangers: Steps
) -> None:
    before = mark(lab)
    lab.exec("n1", "echo 0123456789abcdef0123456789abcdef >/etc/machine-id")

    with pytest.raises(StepFailed, match="is another machine"):
        strangers.apply("adopt_hosts", **ADOPT)

    assert mark(lab) == before
