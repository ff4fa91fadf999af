"""Copies of backups in a bucket, on a server that verifies signatures."""

import io
import json

import pytest
from s3_server import BUCKET
from shelved import put

from buckets import bucket as bucket_module
from buckets.bucket import Bucket, BucketError
from deploy_scripts.backups import copies
from deploy_scripts.backups.shelf import Shelf
from deploy_scripts.check_backup import apply as check
from deploy_scripts.fleet.errors import Permanent, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.protocol import Before
from deploy_scripts.thin_backups import apply as thin

AT = 1_700_000_000.0
DAY = 86400


def proved(shelf, name=""):
    before = Before({}, lambda noted: noted)
    return check(Fleet([], shelf=shelf), before=before, cluster="prod", name=name).output["backup"]


def copied(shelf, at=AT):
    return copies.copied(shelf, put(shelf, "prod", at))


def lose_here(shelf, manifest):
    shelf.remove(manifest.cluster, manifest.name)


def test_a_copy_is_the_sealed_file_and_its_manifest_which_comes_last(shelf, server):
    manifest = copied(shelf)

    base = f"site-1/prod/{manifest.name}"
    assert manifest.copy == f"s3://{BUCKET}/{base}.sealed"
    assert server.objects.keys() == {f"{base}.sealed", f"{base}.json"}
    sealed = shelf.file("prod", manifest.name).read_bytes()
    assert server.objects[f"{base}.sealed"] == sealed
    assert json.loads(server.objects[f"{base}.json"]) == manifest.as_dict()
    assert shelf.backups("prod") == (manifest,)
    assert [key for method, key in server.asked if method == "PUT"] == [
        f"{base}.sealed",
        f"{base}.json",
    ]


def test_a_copy_that_is_there_is_not_sent_again(shelf, server):
    manifest = copied(shelf)
    server.asked.clear()

    assert copies.copied(shelf, manifest) == manifest
    assert ("PUT", f"site-1/prod/{manifest.name}.sealed") not in server.asked


@pytest.mark.parametrize("which", [".sealed", ".json"])
def test_a_bucket_that_keeps_something_else_is_caught_by_reading_it_back(shelf, server, which):
    server.damages = which

    with pytest.raises(Transient, match="it gives back something else"):
        copied(shelf)
    assert copies.backups(Shelf(shelf.data_dir / "new", shelf.target), "prod") == ()


def test_a_large_backup_goes_in_parts_of_bounded_size(shelf, server, monkeypatch):
    monkeypatch.setattr(bucket_module, "PART_BYTES", 5 * 1024**2)
    data = bytes(range(256)) * 4096 * 11  # 11 MiB
    bucket = Bucket(shelf.target)

    bucket.put("prod/large", io.BytesIO(data), len(data))

    assert b"".join(bucket.pieces("prod/large", len(data))) == data
    assert [method for method, _ in server.asked].count("PUT") == 3
    assert server.uploads == {}
    with pytest.raises(BucketError, match="more than 100 bytes"):
        list(bucket.pieces("prod/large", 100))


def test_what_is_lost_here_is_brought_back_and_proved(shelf):
    old, new = copied(shelf), copied(shelf, AT + DAY)
    lose_here(shelf, old)
    lose_here(shelf, new)

    assert proved(shelf)["name"] == new.name
    assert proved(shelf, old.name) == old.as_dict()
    assert shelf.backups("prod") == (new, old)
    assert shelf.file("prod", old.name).stat().st_mode & 0o777 == 0o600


def test_a_backup_that_is_named_and_here_is_read_without_the_bucket(shelf, server):
    manifest = copied(shelf)
    server.asked.clear()

    proved(shelf, manifest.name)

    assert server.asked == []


def test_a_copy_that_somebody_altered_is_not_kept(shelf, server):
    manifest = copied(shelf)
    lose_here(shelf, manifest)
    key = f"site-1/prod/{manifest.name}.sealed"
    server.objects[key] = server.objects[key][:-1] + b"?"

    with pytest.raises(Permanent, match="what is there is not what was sealed"):
        proved(shelf)
    assert not shelf.holds("prod", manifest.name)
    assert shelf.backups("prod") == ()


@pytest.mark.parametrize(
    "altered",
    [
        b"no JSON",
        b"[]",
        b"{}",
        {"cluster": "dev"},
        {"sealed_bytes": 10**15},
        {"sealed_bytes": "9"},
        {"host": "n1\x1b[2J"},
        {"nodes": [1]},
        {"sealed_sha256": "../../etc"},
    ],
)
def test_a_manifest_that_is_none_of_ours_is_no_backup(shelf, server, altered):
    manifest = copied(shelf)
    lose_here(shelf, manifest)
    row = manifest.as_dict() | altered if isinstance(altered, dict) else altered
    text = row if isinstance(row, bytes) else json.dumps(row).encode()
    server.objects[f"site-1/prod/{manifest.name}.json"] = text

    assert copies.backups(shelf, "prod") == ()


def test_what_an_interrupted_copy_left_is_no_backup(shelf, server):
    server.objects["site-1/prod/20260101T000000Z-1.sealed"] = b"half"
    server.objects["site-1/prod/notes.json"] = b"{}"
    server.objects["site-2/prod/20260101T000000Z-1.json"] = b"{}"

    assert copies.backups(shelf, "prod") == ()


def test_thinning_removes_there_as_well_also_what_is_there_alone(shelf, server):
    made = [copied(shelf, AT + day * DAY) for day in range(5)]
    lose_here(shelf, made[0])

    before = Before({}, lambda noted: noted)
    gone = thin(Fleet([], shelf=shelf), before=before, cluster="prod", keep=2, days=0)

    assert gone.output["removed"] == [each.name for each in (made[2], made[1], made[0])]
    kept = {f"site-1/prod/{each.name}{end}" for each in made[3:] for end in (".json", ".sealed")}
    assert server.objects.keys() == kept
    assert shelf.backups("prod") == (made[4], made[3])


def test_what_is_taken_away_loses_its_manifest_first(shelf, server):
    manifest = copied(shelf)
    server.asked.clear()

    copies.taken_back(shelf, "prod", manifest.name)
    copies.taken_back(shelf, "prod", manifest.name)

    assert server.objects == {}
    assert [key[-4:] for method, key in server.asked if method == "DELETE"][:2] == ["json", "aled"]
    assert shelf.backups("prod") == ()
