"""Backups from before a bucket was named get their copies there, by a step that may be repeated."""

from dataclasses import replace

import pytest
from s3_server import BUCKET
from shelved import put

from deploy_scripts.backups import copies
from deploy_scripts.backups.shelf import Shelf
from deploy_scripts.check_copies import apply as check
from deploy_scripts.copy_backups import apply as copy
from deploy_scripts.fleet.errors import Permanent, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.protocol import Before
from deploy_scripts.thin_backups import apply as thin

AT = 1_700_000_000.0
DAY = 86400


@pytest.fixture
def older(shelf):
    """Three backups from before the bucket was named, the newest first."""
    before = replace(shelf, target=None)
    return [put(before, "prod", AT + day * DAY) for day in (2, 1, 0)]


def copied(shelf, name=""):
    """See what has no copy, and copy it; return the names of what was sent."""
    fleet, before = Fleet([], shelf=shelf), Before({}, lambda noted: noted)
    seen = check(fleet, before=before, host="n1", cluster="prod", name=name).output
    told = copy(fleet, before=before, host="n1", cluster="prod", check_copies=seen).output
    assert set(told["copied"]) <= set(seen["missing"])
    return told["copied"]


def in_bucket(manifests):
    return {f"site-1/prod/{each.name}{end}" for each in manifests for end in (".json", ".sealed")}


def test_every_backup_gets_its_copy_the_newest_first_and_the_same_again_sends_nothing(
    shelf, server, older
):
    first = copied(shelf)
    server.asked.clear()
    again = copied(shelf)

    assert first == [each.name for each in older]
    assert server.objects.keys() == in_bucket(older)
    for each in shelf.backups("prod"):
        assert each.copy == f"s3://{BUCKET}/site-1/prod/{each.name}.sealed"
        assert server.objects[f"site-1/prod/{each.name}.sealed"] == (
            shelf.file("prod", each.name).read_bytes()
        )
    assert again == []
    assert {method for method, _ in server.asked} == {"GET"}


def test_one_that_is_named_is_copied_alone(shelf, server, older):
    assert copied(shelf, older[1].name) == [older[1].name]
    assert server.objects.keys() == in_bucket([older[1]])
    with pytest.raises(Permanent, match="cannot find backup 20200101T000000Z-0 of cluster prod"):
        copied(shelf, "20200101T000000Z-0")


@pytest.mark.parametrize("end", [".sealed", ".json"])
def test_a_copy_that_is_lost_or_altered_in_the_bucket_is_sent_again(shelf, server, older, end):
    copied(shelf)
    lost, altered = (f"site-1/prod/{each.name}{end}" for each in older[:2])
    whole = dict(server.objects)
    del server.objects[lost]
    server.objects[altered] = server.objects[altered][:-1] + b"?"

    assert copied(shelf) == [older[0].name, older[1].name]
    assert server.objects == whole


def test_a_copy_in_another_bucket_does_not_count(shelf, server, older):
    copied(shelf)
    elsewhere = replace(shelf, target=replace(shelf.target, prefix="site-2/"))

    assert copied(elsewhere) == [each.name for each in older]
    assert {key.split("/")[0] for key in server.objects} == {"site-1", "site-2"}


def test_a_damaged_backup_is_not_sent_and_named_once_the_others_are_copied(shelf, server, older):
    file = shelf.file("prod", older[0].name)
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    shelf.file("prod", older[1].name).unlink()

    with pytest.raises(Permanent) as caught:
        copied(shelf)

    assert "cannot copy 2 of 3 backups of cluster prod" in str(caught.value)
    assert f"{older[0].name}: it is not what was sealed" in str(caught.value)
    assert f"{older[1].name}: its file cannot be read: No such file" in str(caught.value)
    assert f"verify-backup prod --backup {older[0].name}" in caught.value.advice
    assert server.objects.keys() == in_bucket([older[2]])


def test_what_is_in_the_bucket_alone_is_no_fault(shelf, older):
    copied(shelf)
    shelf.file("prod", older[0].name).unlink()

    assert copied(shelf) == []


def test_a_bucket_that_refuses_in_the_middle_is_asked_for_the_rest_by_the_next_attempt(
    shelf, server, older
):
    copied(shelf, older[0].name)
    server.fails["PUT"] = (503, "SlowDown")
    with pytest.raises(Transient, match="refuses"):
        copied(shelf)
    server.fails.clear()

    assert copied(shelf) == [older[1].name, older[2].name]


def test_without_a_bucket_it_is_told_how_one_is_named(shelf, older):
    with pytest.raises(Permanent, match="no bucket is named") as caught:
        copied(replace(shelf, target=None))
    assert "CLUSTERWRIGHT_BACKUP_S3" in caught.value.advice


def test_a_backup_that_is_thinned_out_meanwhile_leaves_no_copy(shelf, server, older, monkeypatch):
    whole = copies.copied

    def copied_as_it_goes(where, manifest):
        found = whole(where, manifest)
        Shelf(shelf.data_dir).remove("prod", manifest.name)  # by another job
        where.put(found)
        return found

    monkeypatch.setattr(copies, "copied", copied_as_it_goes)

    assert copied(shelf) == []
    assert server.objects == {}
    assert shelf.backups("prod") == ()


def test_what_is_too_old_goes_in_both_places_however_late_it_was_copied(shelf, server, older):
    copied(shelf)

    before = Before({}, lambda noted: noted)
    gone = thin(Fleet([], shelf=shelf), before=before, cluster="prod", keep=1, days=0)

    assert gone.output["removed"] == [each.name for each in older[1:]]
    assert server.objects.keys() == in_bucket(older[:1])
    assert [each.name for each in shelf.backups("prod")] == [older[0].name]
