"""Backups of a datastore with a copy in a bucket: taken, taken back, and restored from there."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from s3_server import KEY_ID, SECRET, Bucket, s3_server, write_credentials
from steps import StepFailed, Steps, effects

from lab import Lab

TAKEN = {"host": "n1", "cluster": "prod"}


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    with s3_server() as served:
        yield served


@pytest.fixture
def node(steps: Steps, tmp_path: Path, bucket: Bucket) -> Iterator[Steps]:
    """One node, and a bucket for copies of its backups."""
    steps.kill()
    steps.environment = bucket.environment()
    write_credentials(tmp_path)
    steps.data_dir = str(tmp_path)
    steps.apply("install_microk8s", hosts=["n1"], channel="1.32/stable")
    yield steps
    steps.data_dir, steps.environment = "", {}
    steps.kill()


def test_a_copy_that_failed_is_sent_by_the_next_attempt_and_an_undo_removes_it(
    lab: Lab, node: Steps, bucket: Bucket
) -> None:
    bucket.fails["PUT"] = (503, "SlowDown")
    with pytest.raises(StepFailed) as caught:
        node.apply("take_backup", **TAKEN)
    said = json.dumps(node.last)
    bucket.fails.clear()
    taken = node.apply("take_backup", **TAKEN)["backup"]
    said += json.dumps(node.last)
    there = sorted(bucket.objects)
    node.undo("take_backup", **TAKEN)

    assert caught.value.kind == "Transient"
    assert "refuses (SlowDown, HTTP status 503)" in caught.value.message
    assert len(effects(lab, "n1", "backup")) == 1
    assert there == [f"prod/{taken['name']}{end}" for end in (".json", ".sealed")]
    assert bucket.objects == {}
    assert SECRET not in said
    assert KEY_ID not in said


def test_a_cluster_is_restored_from_the_bucket_after_all_backups_here_were_lost(
    lab: Lab, node: Steps
) -> None:
    backup = node.apply("take_backup", **TAKEN)["backup"]
    shutil.rmtree(Path(node.data_dir) / "backups")

    proved = node.apply("check_backup", cluster="prod", name="")
    shutil.rmtree(Path(node.data_dir) / "backups")  # as on another Celery worker
    told = node.apply("restore_backup", **TAKEN, nodes=["n1"], check_backup=proved)

    assert proved["backup"] == backup
    assert told["restored"] == backup["name"]
    assert len(effects(lab, "n1", "restore")) == 1
