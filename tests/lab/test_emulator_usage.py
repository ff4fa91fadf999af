"""Whose usage a command shows when its words are wrong: its own, as the real ones do."""

import os
from collections.abc import Iterator

import pytest
from emulated import Hosts

from lab import Lab


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    with Lab.up(1, name=f"emulator-usage-{os.getpid()}") as lab:
        hosts = Hosts(lab)
        hosts.install("n1")
        yield hosts


@pytest.mark.parametrize(
    ("command", "status", "usage"),
    [
        ("add-node --worker", 2, "usage: microk8s add-node [-h]"),
        ("add-node --format xml", 2, "usage: microk8s add-node [-h]"),
        ("add-node --help", 0, "usage: microk8s add-node [-h]"),
        ("join", 2, "Usage: microk8s join [OPTIONS] CONNECTION"),
        ("join a b", 2, "Usage: microk8s join [OPTIONS] CONNECTION"),
        ("status --format json", 2, "usage: microk8s status [-h]"),
    ],
)
def test_wrong_words_are_answered_with_the_commands_own_usage(
    hosts: Hosts, command: str, status: int, usage: str
) -> None:
    output = hosts.run("n1", f"microk8s {command}")

    assert output.returncode == status
    assert (output.stdout + output.stderr).startswith(usage)
