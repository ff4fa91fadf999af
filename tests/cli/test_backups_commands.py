"""``clusterwright backups``, on the real API."""

import json
from dataclasses import replace

import pytest
from serving import serving
from shelved import KEYS, put

from deploy_scripts.backups.shelf import Shelf

AT = 1_700_000_000.0


@pytest.fixture
def api(redis, settings):
    with serving(redis, settings) as served:
        yield served


@pytest.fixture
def backups(settings):
    shelf = Shelf(settings.data_dir)
    return [put(shelf, "prod", AT + 86400), put(shelf, "prod", AT)]


def test_the_list_tells_the_newest_first_with_what_was_counted(api, backups):
    result = api.run("backups", "list", "prod")

    head, *rows = result.stdout.splitlines()
    assert head.split() == [
        "backup",
        "taken",
        "from",
        "nodes",
        "version",
        "objects",
        "size",
        "kept",
    ]
    assert [row.split()[0] for row in rows] == [each.name for each in backups]
    assert rows[0].split()[-5:-3] == ["v1.32.1", str(len(KEYS))]


def test_a_backup_is_shown_with_its_digests_the_newest_where_none_is_named(api, backups):
    newest = api.run("backups", "show", "prod").stdout
    named = json.loads(api.run("backups", "show", "prod", backups[1].name, "--json").stdout)

    assert f"{backups[0].name} of prod" in newest
    assert "31: 30 pods, 1 minions" in newest
    assert backups[0].sealed_sha256 in newest
    assert named == backups[1].as_dict() | {
        "time": "2023-11-14T22:13:20.000Z",
        "here": True,
    }


def test_where_each_is_kept_is_told(api, settings, backups):
    shelf = Shelf(settings.data_dir)
    place = f"s3://kept/prod/{backups[0].name}.sealed"
    shelf.put(replace(backups[0], copy=place))
    shelf.file("prod", backups[1].name).unlink()

    both, gone = api.run("backups", "list", "prod").stdout.splitlines()[1:]
    shown = api.run("backups", "show", "prod").stdout
    shelf.file("prod", backups[0].name).unlink()
    elsewhere = api.run("backups", "list", "prod").stdout.splitlines()[1]

    assert both.endswith("  here, bucket")
    assert gone.endswith("  nowhere")
    assert f"copy       {place}" in shown
    assert elsewhere.endswith("  bucket")


def test_what_is_not_there_is_told_with_what_to_do(api, backups):
    unknown = api.run("backups", "show", "prod", "20200101T000000Z-0")
    strange = api.run("backups", "list", "nowhere")
    outside = api.run("backups", "list", "..")

    assert unknown.exit_code == 1
    assert "cannot show backup 20200101T000000Z-0 of prod: there are 2" in unknown.stderr
    assert "backups list prod" in unknown.stderr
    assert strange.exit_code == outside.exit_code == 1
    assert "nowhere" in strange.stderr


def test_the_list_shows_nothing_of_what_is_in_the_objects(api, backups):
    listed = api.run("backups", "list", "prod", "--json").stdout

    assert [row["name"] for row in json.loads(listed)["backups"]] == [b.name for b in backups]
    assert "kept close" not in listed
