"""The shelf of backups: what stands there, what is proved of it, and what may go."""

import io
import json
from base64 import b64encode
from dataclasses import replace

import pytest
from shelved import KEYS, archive_of, put

from cluster.backups import Contents, superfluous
from deploy_scripts.backups.archive import BadArchive, contents_of
from deploy_scripts.backups.key import NoKey
from deploy_scripts.backups.sealing import NotOpened
from deploy_scripts.backups.shelf import Shelf
from deploy_scripts.check_backup import apply as check
from deploy_scripts.fleet.errors import Permanent
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.marks import Mark
from deploy_scripts.protocol import Before
from deploy_scripts.thin_backups import apply as thin

AT = 1_700_000_000.0
DAY = 86400


@pytest.fixture
def shelf(tmp_path):
    return Shelf(tmp_path)


def proved(shelf, name=""):
    before = Before({}, lambda noted: noted)
    return check(Fleet([], shelf=shelf), before=before, cluster="prod", name=name).output["backup"]


def test_a_backup_is_counted_by_what_the_archive_holds(shelf):
    manifest = put(shelf, "prod", AT)

    assert manifest.entries == len(KEYS)
    assert manifest.objects == {"minions": 1, "pods": 30}
    assert shelf.backups("prod") == (manifest,)
    assert proved(shelf) == manifest.as_dict()


def test_files_and_key_are_their_owner_s_alone_and_show_nothing(shelf):
    manifest = put(shelf, "prod", AT)

    files = [file for file in shelf.data_dir.rglob("*") if file.is_file()]
    assert len(files) == 3
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    sealed = shelf.file("prod", manifest.name).read_bytes()
    assert b"kept close" not in sealed


def test_the_newest_is_read_where_no_name_is_given_and_a_named_one_otherwise(shelf):
    old, new = put(shelf, "prod", AT), put(shelf, "prod", AT + DAY)

    assert proved(shelf)["name"] == new.name
    assert proved(shelf, old.name)["name"] == old.name
    with pytest.raises(Permanent, match="cannot find backup 1 of cluster prod among the 2"):
        proved(shelf, "1")


@pytest.mark.parametrize("place", [0, 60, -1])
def test_a_backup_of_which_a_byte_was_altered_is_not_trusted(shelf, place):
    file = shelf.file("prod", put(shelf, "prod", AT).name)
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)

    with pytest.raises(Permanent, match="cannot trust backup"):
        proved(shelf)


def test_a_backup_under_the_name_of_another_does_not_open(shelf):
    old, new = put(shelf, "prod", AT), put(shelf, "prod", AT + DAY)
    shelf.file("prod", new.name).write_bytes(shelf.file("prod", old.name).read_bytes())

    with pytest.raises(NotOpened):
        shelf.read_through("prod", new.name)


def test_a_manifest_that_tells_of_other_contents_is_not_believed(shelf):
    file = shelf.file("prod", put(shelf, "prod", AT).name).with_suffix(".json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"entries": 7}))

    with pytest.raises(Permanent, match="it holds 31 objects, not those 7"):
        proved(shelf)


def test_a_missing_key_is_asked_for_and_one_that_others_may_read_is_not_used(shelf):
    put(shelf, "prod", AT)
    shelf.key_file.chmod(0o644)
    with pytest.raises(Permanent, match="others may read it; chmod 600"):
        proved(shelf)

    shelf.key_file.unlink()
    with pytest.raises(Permanent, match="put the key back that sealed"):
        proved(shelf)


def test_another_key_is_told_from_damage_and_the_right_one_is_asked_for(shelf):
    sealed_by = put(shelf, "prod", AT).key
    shelf.key_file.write_bytes(b64encode(bytes(32)))

    with pytest.raises(Permanent, match=f"is key [0-9a-f]+, and key {sealed_by} sealed") as caught:
        proved(shelf)
    assert f"put key {sealed_by} there" in caught.value.advice


def test_no_key_is_made_beside_backups_that_a_lost_one_has_sealed(shelf):
    put(shelf, "prod", AT)
    shelf.key_file.unlink()

    with pytest.raises(NoKey, match="put its copy back"):
        shelf.seal("dev", "another", [b""])
    assert not shelf.key_file.exists()

    shelf.remove("prod", shelf.backups("prod")[0].name)
    put(shelf, "dev", AT)


def test_without_one_backup_an_older_one_is_named_and_not_only_another_to_take(shelf):
    old, new = put(shelf, "prod", AT), put(shelf, "prod", AT + DAY)
    shelf.file("prod", new.name).write_bytes(b"")

    with pytest.raises(Permanent) as caught:
        proved(shelf)
    assert f"clusterwright change verify-backup prod --backup {old.name};" in caught.value.advice

    shelf.file("prod", new.name).unlink()
    with pytest.raises(Permanent, match="its file cannot be read: No such file or directory"):
        proved(shelf)


@pytest.mark.parametrize(
    "damage",
    [
        {"at": 1e308},
        {"at": -1},
        {"at": float("nan")},
        {"host": []},
        {"host": "n1\x1b[2J"},
        {"job": None},
        {"nodes": [1]},
        {"nodes": 3},
        {"versions": [{}]},
        {"entries": "x"},
        {"objects": {"pods": "x"}},
        {"objects": []},
        {"sealed_bytes": None},
        {"sealed_sha256": "x"},
        {"copy": 5},
    ],
)
def test_a_manifest_with_a_damaged_field_is_none_and_hides_no_other(shelf, damage):
    whole = put(shelf, "prod", AT)
    file = shelf.file("prod", put(shelf, "prod", AT + DAY).name).with_suffix(".json")
    file.write_text(json.dumps(json.loads(file.read_text()) | damage))

    assert shelf.backups("prod") == (whole,)


@pytest.mark.parametrize("text", ["", "[]", "null", "3", '"x"', "{", "{}"])
def test_what_is_no_manifest_at_all_hides_no_other(shelf, text):
    whole = put(shelf, "prod", AT)
    shelf.file("prod", put(shelf, "prod", AT + DAY).name).with_suffix(".json").write_text(text)

    assert shelf.backups("prod") == (whole,)


def test_a_damaged_key_is_told_and_never_replaced(shelf):
    put(shelf, "prod", AT)
    shelf.key_file.write_text("x\n")

    with pytest.raises(NoKey, match="holds no key"):
        shelf.seal("prod", "another", [b""])
    assert shelf.key_file.read_text() == "x\n"


def test_what_an_interrupted_job_left_is_no_backup(shelf):
    shelf.seal("prod", "half", [b"x"])

    assert shelf.backups("prod") == ()


@pytest.mark.parametrize(
    ("archive", "fault"),
    [
        (archive_of("b", folder="a"), "its folder is 'a', and is to be 'b'"),
        (archive_of("b")[:-40], "no whole archive"),
        (b"", "no whole archive"),
        (b"no archive at all", "no whole archive"),
    ],
)
def test_an_archive_that_a_restore_could_not_use_is_refused(archive, fault):
    with pytest.raises(BadArchive, match=fault):
        contents_of(io.BytesIO(archive), "b")


def test_an_empty_archive_and_one_without_nodes_are_no_backup_of_a_cluster():
    assert "it holds 0 objects" in contents_of(io.BytesIO(archive_of("b", ())), "b").fault()
    assert "none of its 40 objects is a node" in Contents(40, {"pods": 40}).fault()
    assert contents_of(io.BytesIO(archive_of("b")), "b").fault() == ""


def test_thinning_keeps_the_newest_and_of_those_none_that_is_too_old(shelf):
    backups = [put(shelf, "prod", AT + day * DAY) for day in range(5)]

    def gone(keep, days):
        return [backups.index(each) for each in superfluous(backups, keep, days)]

    assert gone(3, 0) == [1, 0]
    assert gone(5, 2) == [1, 0]
    assert gone(1, 1) == [3, 2, 1, 0]
    assert superfluous((), 1, 1) == ()

    before = Before({}, lambda noted: noted)
    thin(Fleet([], shelf=shelf), before=before, cluster="prod", keep=2, days=0)

    assert [each.name for each in shelf.backups("prod")] == [backups[4].name, backups[3].name]
    assert not shelf.file("prod", backups[0].name).exists()


def test_a_wrong_clock_never_costs_the_backup_that_was_taken_now_nor_those_before_it(shelf):
    before, dated_ahead = put(shelf, "prod", AT), put(shelf, "prod", AT + 9000 * DAY)
    now = replace(put(shelf, "prod", AT + DAY), job="another")
    shelf.put(now)

    assert superfluous(shelf.backups("prod"), 1, 0, now.job) == (before,)
    assert superfluous(shelf.backups("prod"), 9, 30, now.job) == ()
    assert superfluous(shelf.backups("prod"), 2, 0, now.job) == ()

    mark = Mark(cluster="prod", job=now.job)
    thin(
        Fleet([], shelf=shelf, mark=mark),
        before=Before({}, lambda noted: noted),
        cluster="prod",
        keep=1,
        days=1,
    )
    assert shelf.backups("prod") == (dated_ahead, now)
