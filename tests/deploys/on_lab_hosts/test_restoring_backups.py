"""Backups restored into a datastore that was formed anew: by effect, and only what fits."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from steps import StepFailed, Steps, effects

from deploy_scripts.backups.shelf import Shelf
from lab import Lab

TAKEN = {"host": "n1", "cluster": "prod"}
ON_HOST = "find /var/lib/clusterwright/backups 2>/dev/null"
KUBECTL = "/snap/bin/microk8s kubectl"
MADE = (
    "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: kept\\n' >/tmp/kept.yaml; "
    f"{KUBECTL} apply -f /tmp/kept.yaml"
)


@pytest.fixture
def node(steps: Steps, lab: Lab, tmp_path: Path) -> Iterator[Steps]:
    """One node with an object of its own."""
    steps.kill()  # the process keeps what earlier tests noted of the same step
    steps.data_dir = str(tmp_path)
    install(steps)
    assert lab.exec("n1", MADE).returncode == 0
    yield steps
    lab.clear_fault("n1")
    steps.data_dir = ""


def install(steps: Steps) -> None:
    steps.apply("install_microk8s", hosts=["n1"], channel="1.32/stable")


def formed_anew(lab: Lab, steps: Steps) -> None:
    assert lab.exec("n1", "snap remove microk8s --purge").returncode == 0
    steps.kill()  # what was noted is of the first installation
    install(steps)


def restored(steps: Steps, backup: dict[str, Any]) -> Any:
    proved = steps.apply("check_backup", cluster="prod", name=backup["name"])
    return steps.apply("restore_backup", **TAKEN, nodes=["n1"], check_backup=proved)


def has_object(lab: Lab) -> bool:
    return "kept" in lab.exec("n1", f"{KUBECTL} get configmap kept").stdout


def test_what_was_there_is_there_again_after_all_was_destroyed(lab: Lab, node: Steps) -> None:
    assert lab.exec("n1", "/snap/bin/microk8s enable metrics-server").returncode == 0
    backup = node.apply("take_backup", **TAKEN)["backup"]
    formed_anew(lab, node)
    was_gone = not has_object(lab)

    first = restored(node, backup)
    again = restored(node, backup)

    assert was_gone
    assert has_object(lab)
    assert (
        first
        == again
        == {
            "restored": backup["name"],
            "entries": backup["entries"],
            "forgotten": [],
            "record": {"nodes": {}, "addons": ["metrics-server"]},
        }
    )
    assert lab.exec("n1", ON_HOST).stdout == ""
    assert [each.name for each in Shelf(Path(node.data_dir)).backups("prod")] == [backup["name"]]
    assert len(list(Path(node.data_dir).rglob("*.sealed"))) == 1


@pytest.mark.slow
def test_nodes_that_are_no_more_are_removed_again(lab: Lab, node: Steps) -> None:
    backup = node.apply("take_backup", **TAKEN)["backup"]

    proved = node.apply("check_backup", cluster="prod", name=backup["name"])
    told = node.apply("restore_backup", **TAKEN, nodes=["n2"], check_backup=proved)

    assert told["forgotten"] == ["n1"]
    assert [row["node"] for row in effects(lab, "n1", "node-deleted")] == ["n1"]


def test_a_restore_that_restores_nothing_is_told_although_it_reports_success(
    lab: Lab, node: Steps
) -> None:
    backup = node.apply("take_backup", **TAKEN)["backup"]
    formed_anew(lab, node)
    lab.add_fault("n1", {"match": "microk8s dbctl restore", "action": "restores-nothing"})

    with pytest.raises(StepFailed) as caught:
        restored(node, backup)
    left = lab.exec("n1", ON_HOST).stdout
    lab.clear_fault("n1")
    restored(node, backup)

    assert caught.value.kind == "Transient"
    assert "although MicroK8s reported success: there are 0 of 1" in caught.value.message
    assert left == ""
    assert has_object(lab)


@pytest.mark.slow
def test_a_backup_of_another_minor_version_is_not_restored(lab: Lab, node: Steps) -> None:
    backup = node.apply("take_backup", **TAKEN)["backup"]
    file = next(Path(node.data_dir).rglob("*.json"))
    file.write_text(json.dumps(json.loads(file.read_text()) | {"versions": ["v1.31.4"]}))

    with pytest.raises(StepFailed) as caught:
        restored(node, backup)

    assert caught.value.kind == "Permanent"
    assert "it was taken of v1.31.4, and the nodes run 1.32" in caught.value.message
    assert not effects(lab, "n1", "restore")
