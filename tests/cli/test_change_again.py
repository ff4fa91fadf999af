"""The same change asked for twice: one job, and what of the second request it does not take."""

import pytest
from serving import serving

from cluster.spec import Host
from workflows.inventory import Inventory

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
CHANGE = ("change", "create-cluster", "dev", "--control-plane", "n1")


@pytest.fixture
def api(redis, settings):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", KEY))
    with serving(redis, settings) as served:
        yield served


def test_it_says_that_a_job_does_so_already_and_which_reason_stays(api):
    first = api.run(*CHANGE, "--reason", "for the fair")
    again = api.run(*CHANGE, "--reason", "for tests")
    same = api.run(*CHANGE, "--reason", "for the fair")

    assert first.exit_code == 0, first.output
    assert first.stderr == ""
    job = first.stdout.split()[1].rstrip(":")
    assert again.stdout.startswith(f"job {job}: ")
    assert again.stderr.splitlines() == [
        f"job {job[:8]} does the same already: nothing new was started",
        "  its reason stays for the fair; not taken over: for tests",
    ]
    assert same.stderr.splitlines() == again.stderr.splitlines()[:1]
