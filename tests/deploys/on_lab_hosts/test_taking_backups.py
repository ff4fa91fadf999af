"""Backups of a datastore: counted, fetched, sealed, and nothing of them left on the host."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from steps import StepFailed, Steps, effects
from variants import first_of

from deploy_scripts.backups.shelf import Shelf
from lab import Lab

TAKEN = {"host": "n1", "cluster": "prod"}
ON_HOST = "find /var/lib/clusterwright/backups 2>/dev/null"


@pytest.fixture
def node(steps: Steps, lab: Lab, tmp_path: Path) -> Iterator[Steps]:
    """One node, and a shelf for its backups."""
    steps.kill()  # the process keeps what earlier tests noted of the same step
    steps.data_dir = str(tmp_path)
    steps.apply("install_microk8s", hosts=["n1"], channel="1.32/stable")
    yield steps
    lab.clear_fault("n1")
    steps.data_dir = ""


def names(steps: Steps) -> list[str]:
    return [each.name for each in Shelf(Path(steps.data_dir)).backups("prod")]


def test_a_backup_is_taken_once_and_proved_and_nothing_of_it_is_left_on_the_host(
    lab: Lab, node: Steps
) -> None:
    taken = node.apply("take_backup", **TAKEN)["backup"]
    told = json.dumps(node.last)
    again = node.apply("take_backup", **TAKEN)["backup"]

    assert taken == again
    assert "@@piece" not in told
    assert names(node) == [taken["name"]]
    assert len(effects(lab, "n1", "backup")) == 1
    assert taken["entries"] > 60
    assert taken["objects"]["minions"] == 1
    assert taken["nodes"] == ["n1"]
    assert node.apply("check_backup", cluster="prod", name="")["backup"] == taken
    assert lab.exec("n1", ON_HOST).stdout == ""


def test_an_undone_backup_leaves_nothing_anywhere(lab: Lab, node: Steps) -> None:
    node.apply("take_backup", **TAKEN)

    node.undo("take_backup", **TAKEN)
    node.undo("take_backup", **TAKEN)

    assert names(node) == []
    assert not list((Path(node.data_dir) / "backups").rglob("*.sealed"))
    assert lab.exec("n1", ON_HOST).stdout == ""


@pytest.mark.parametrize(
    ("fault", "message"),
    first_of(
        [
            ({"action": "empty-backup"}, "although MicroK8s reported success: it holds 0 objects"),
            ({"action": "fail-before", "rc": 10, "text": "HA is not enabled"}, "HA is not enabled"),
            ({"action": "fail-after", "rc": 2, "text": "no space left"}, "no space left"),
        ]
    ),
)
def test_a_backup_that_is_none_is_told_and_kept_nowhere_and_the_next_attempt_takes_one(
    lab: Lab, node: Steps, fault: dict[str, Any], message: str
) -> None:
    lab.add_fault("n1", {"match": "microk8s dbctl backup", **fault})

    with pytest.raises(StepFailed) as caught:
        node.apply("take_backup", **TAKEN)
    left = names(node), lab.exec("n1", ON_HOST).stdout
    lab.clear_fault("n1")
    node.apply("take_backup", **TAKEN)

    assert caught.value.kind == "Transient"
    assert message in caught.value.message
    assert left == ([], "")
    assert len(names(node)) == 1


def test_a_manifest_that_cannot_be_written_is_told_with_the_way_out_and_leaves_no_sealed_file(
    lab: Lab, node: Steps
) -> None:
    name = "20261128T020000Z-3f2a91c0"
    folder = Path(node.data_dir) / "backups" / "prod"
    in_the_way = folder / f".{name}.json.part"
    in_the_way.mkdir(parents=True)

    with pytest.raises(StepFailed, match="cannot keep a backup of cluster prod") as caught:
        node.call("take_backup", "apply", TAKEN, noted={"name": name})

    assert caught.value.kind == "Transient"
    assert "make room in" in node.last["error"]["advice"]
    assert list(folder.iterdir()) == [in_the_way]
    in_the_way.rmdir()
    taken = node.call("take_backup", "apply", TAKEN, noted={"name": name})["backup"]
    assert names(node) == [taken["name"]] == [name]
