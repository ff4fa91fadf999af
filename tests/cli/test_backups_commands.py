"""``clusterwright backups``, on the real API."""

import json
from dataclasses import replace
from functools import partial

import pytest
from api_requests import CHANGES, HOST_KEY, Steps, change
from serving import serving
from shelved import KEYS, put

from cli import asked_job
from cli.client import Client
from cli.progress import view_of
from cluster.spec import Host
from deploy_scripts.backups.shelf import Shelf
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger

AT = 1_700_000_000.0


@pytest.fixture
def api(redis, settings):
    with serving(redis, settings) as served:
        yield served


def formed(api, redis):
    """Return a ledger by which the cluster prod is formed."""
    ledger = Ledger(redis)
    Inventory(redis).put_host(Host("n1", "10.0.0.1", HOST_KEY))
    Steps(ledger, Client(api.url, api.token).post(CHANGES, change())["id"]).finish()
    return ledger


def carried_out(ledger, client, job, _, *, fails=False):
    steps = Steps(ledger, job)
    if fails:
        steps.begin()
        steps.fail()
    else:
        steps.finish()
    return view_of(client.job(job))


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

    both, gone, note = api.run("backups", "list", "prod").stdout.splitlines()[1:]
    shown = api.run("backups", "show", "prod").stdout
    shelf.file("prod", backups[0].name).unlink()
    elsewhere = api.run("backups", "list", "prod").stdout.splitlines()[1]

    assert both.endswith("  here, s3://kept")
    assert gone.endswith("  nowhere")
    assert note.startswith("1 of 2 has no copy: clusterwright --url ")
    assert note.endswith(" backups copy prod")
    assert f"copy       {place}" in shown
    assert elsewhere.endswith("  s3://kept")


def test_copying_asks_for_a_job_of_one_or_of_all_and_ends_as_that_ends(api, redis, monkeypatch):
    ledger = formed(api, redis)
    name = "20261128T020000Z-3f2a91c0"
    # How a job is followed is tried elsewhere: here it is carried out in one go.
    follow = partial(carried_out, ledger)
    monkeypatch.setattr(asked_job, "follow", follow)

    every = api.run("backups", "copy", "prod")
    one = api.run("backups", "copy", "prod", name, "--json")
    monkeypatch.setattr(asked_job, "follow", partial(follow, fails=True))
    failed = api.run("backups", "copy", "prod")

    made = [ledger.job(job.id) for job in ledger.jobs(limit=3)][::-1]
    assert [(job.kind, job.params["backup"]) for job in made] == [
        ("copy-backups", ""),
        ("copy-backups", name),
        ("copy-backups", ""),
    ]
    assert [result.exit_code for result in (every, one, failed)] == [0, 0, 1]
    assert json.loads(one.stdout)["id"] == made[1].id


def test_what_is_no_name_of_a_backup_is_refused_before_a_job(api):
    refused = api.run("backups", "copy", "prod", "newest")

    assert refused.exit_code == 1
    assert "cannot be the name of a backup" in refused.stderr


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
