"""``clusterwright schedules``, ``windows`` and ``freezes``, on the real API."""

import json

import pytest
from serving import serving

from cli.cmd_windows import DAYS
from cluster.spec import Host
from workflows.hours import DAYS as DAYS_OF_WEEK
from workflows.inventory import Inventory

LOOK = ("schedules", "add", "verify", "prod", "--name", "look")


@pytest.fixture
def api(redis, settings):
    with serving(redis, settings) as served:
        yield served


def succeeded(result):
    assert result.exit_code == 0, result.stderr + result.stdout
    return result.stdout


def test_a_schedule_that_is_added_is_told_with_its_next_slot(api):
    words = ("--cron", "0 6 * * *", "--timezone", "Europe/Berlin", "--reason", "each morning")
    told = succeeded(api.run(*LOOK, *words))

    assert "asks for:   verify of prod" in told
    assert "when:       0 6 * * * Europe/Berlin" in told
    assert "next slot: 20" in told


def test_the_list_has_a_row_for_each_and_the_paused_say_so(api):
    succeeded(api.run(*LOOK, "--cron", "0 6 * * *"))
    succeeded(api.run(*LOOK[:-1], "once", "--at", "2036-12-01T04:00:00Z"))
    succeeded(api.run("schedules", "pause", "look"))

    head, look, once = succeeded(api.run("schedules", "list")).splitlines()

    assert head.split() == ["name", "cluster", "kind", "when", "next", "last"]
    assert look.split() == [
        "look",
        "prod",
        "verify",
        *["0", "6", "*", "*", "*"],
        "UTC",
        "paused",
        "-",
    ]
    assert "once, 2036-12-01 04:00 UTC  2036-12-01 04:00 UTC" in once


@pytest.mark.parametrize("group", ["schedules", "windows", "freezes"])
def test_where_there_is_none_yet_the_list_says_how_one_is_added(api, group):
    told = succeeded(api.run(group, "list"))

    assert told.startswith(f"no {group}; clusterwright ")
    assert f"{group} add --help" in told


def test_json_is_the_document_of_the_api(api):
    made = json.loads(succeeded(api.run(*LOOK, "--cron", "0 6 * * *", "--json")))
    shown = json.loads(succeeded(api.run("schedules", "show", "look", "--json")))
    listed = json.loads(succeeded(api.run("schedules", "list", "--json")))

    assert made == shown
    assert listed == {"schedules": [shown]}


def test_one_of_that_name_is_replaced_only_on_purpose(api):
    succeeded(api.run(*LOOK, "--cron", "0 6 * * *"))

    refused = api.run(*LOOK, "--cron", "0 7 * * *")

    assert refused.exit_code == 1
    assert "cannot write schedule look" in refused.stderr
    assert "0 7 * * *" in succeeded(api.run(*LOOK, "--cron", "0 7 * * *", "--replace"))


@pytest.mark.parametrize("words", [(), ("--cron", "0 6 * * *", "--at", "2036-12-01T04:00:00Z")])
def test_one_way_of_saying_when_is_wanted(api, words):
    result = api.run(*LOOK, *words)

    assert result.exit_code == 2
    assert "--cron or --at" in result.stderr


def test_what_is_refused_now_tells_why(api):
    succeeded(api.run(*LOOK, "--cron", "0 6 * * *"))

    result = api.run("schedules", "run", "look")

    assert result.exit_code == 1
    assert "there is no cluster prod" in result.stderr


def test_one_that_is_resumed_and_removed_says_so(api):
    succeeded(api.run(*LOOK, "--cron", "0 6 * * *"))
    succeeded(api.run("schedules", "pause", "look"))

    assert "state:      on" in succeeded(api.run("schedules", "resume", "look"))
    assert succeeded(api.run("schedules", "remove", "look")) == "look: removed\n"
    assert api.run("schedules", "show", "look").exit_code == 1


def test_windows_are_put_listed_and_taken_away(api):
    words = ("--from", "22:00", "--to", "04:00", "--day", "tue", "--environment", "prod")
    told = succeeded(api.run("windows", "add", "nightly", *words))
    assert told.startswith("window nightly: tue from 22:00 to 04:00 UTC, for all clusters in prod")

    head, row = succeeded(api.run("windows", "list")).splitlines()
    assert head.split() == ["name", "for", "days", "hours", "now", "until"]
    assert row.startswith("nightly  all clusters in prod  tue   22:00 to 04:00 UTC")
    assert succeeded(api.run("windows", "remove", "nightly")) == "nightly: removed\n"
    assert json.loads(succeeded(api.run("windows", "list", "--json"))) == {"windows": []}


def test_freezes_are_put_listed_and_taken_away(api):
    words = ("--until", "2036-12-01T06:00:00Z", "--reason", "the sale", "--except-kind", "maintain")
    told = succeeded(api.run("freezes", "add", "sale", "--clusters", "shop-*", *words))
    assert "for shop-*; in force now: the sale" in told

    _, row = succeeded(api.run("freezes", "list")).splitlines()
    assert row.endswith("2036-12-01 06:00 UTC  in force  the sale")
    (found,) = json.loads(succeeded(api.run("freezes", "list", "--json")))["freezes"]
    assert found["kinds_except"] == ["maintain"]
    assert (
        succeeded(api.run("freezes", "remove", "sale", "--json")) == '{\n  "removed": "sale"\n}\n'
    )
    gone = api.run("freezes", "remove", "sale")
    assert gone.exit_code == 1
    assert "clusterwright freezes list" in gone.stderr.replace(f" --url {api.url}", "")


def test_the_days_of_the_command_line_are_those_of_the_product():
    assert DAYS == DAYS_OF_WEEK


def test_a_job_that_waits_says_so_in_the_list_and_where_it_is_shown(api, redis):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", "ssh-ed25519 " + "A" * 68))
    words = ("--until", "2036-12-01T06:00:00Z", "--reason", "the sale")
    succeeded(api.run("freezes", "add", "sale", *words))
    job = json.loads(
        succeeded(api.run("change", "create-cluster", "prod", "--control-plane", "n1", "--json"))
    )

    _, row = succeeded(api.run("jobs", "list")).splitlines()
    shown = api.run("jobs", "show", job["id"][:8]).stdout

    assert "queued, held back" in row
    assert "freeze sale until 2036-12-01 06:00 UTC: the sale" in shown
    assert "begins 2036-12-01 06:00 UTC" in shown
