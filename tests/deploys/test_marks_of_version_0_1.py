"""Hosts that version 0.1 made nodes have notes that name nobody: a refusal says what to do."""

import subprocess

import pytest
from pyinfra.connectors.util import OutputLine

from deploy_scripts.fleet.connector import CommandOutcome
from deploy_scripts.fleet.failures import command_failure
from deploy_scripts.fleet.framing import Frame
from deploy_scripts.fleet.marks import INSTALLED, OWN, Mark
from deploy_scripts.microk8s.leaving import LEAVE
from deploy_scripts.remove_microk8s import CHECK
from deploy_scripts.ssh.targets import Target

TARGET = Target("n1", "10.0.0.1", 22, "root", "key", "ssh-ed25519 AAAA", "10.0.0.1")
REFUSING = {"leave": f"whole_cluster=yes\n{LEAVE}", "remove": CHECK}


def refused(script, note, folder):
    """Return what a host with such a note says of a job of cluster prod."""
    (folder / INSTALLED.rpartition("/")[2]).write_text(note)
    text = f"{Mark('here', 'prod', 'job-2').settings()}\n{script}".replace(OWN, str(folder))
    done = subprocess.run(["sh"], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    return done.stderr


def outcome(said):
    """Return how a command ended that said this on its way out."""
    frame = Frame("mark")
    frame.is_complete = True
    lines = [OutputLine("stderr", line) for line in said.splitlines()]
    return CommandOutcome(20, lines, exit_code=1, frame=frame)


@pytest.mark.parametrize("script", REFUSING.values(), ids=REFUSING)
def test_a_node_of_version_0_1_is_refused_with_the_way_to_take_it_over(script, tmp_path):
    said = refused(script, "", tmp_path)
    failure = command_failure(TARGET, "Check", outcome(said))

    assert "version 0.1, which noted no cluster," in failure.message
    assert "change destroy-cluster CLUSTER --confirm CLUSTER --forget" in failure.advice
    assert "change adopt-cluster CLUSTER --hosts HOST,HOST" in failure.advice


@pytest.mark.parametrize("script", REFUSING.values(), ids=REFUSING)
def test_a_node_of_another_cluster_is_refused_and_not_to_be_taken_over(script, tmp_path):
    said = refused(script, "installation=here\ncluster=dev\njob=job-1\n", tmp_path)

    assert "job job-1 of cluster dev, installation here" in said
    assert command_failure(TARGET, "Check", outcome(said)).advice == ""
