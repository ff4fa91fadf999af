"""``clusterwright drills``, on the real API."""

import json

import pytest
from drilled import carried_out, cluster_formed, drill_begun
from serving import serving

from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger


@pytest.fixture
def api(redis, settings):
    with serving(redis, settings) as served:
        yield served


@pytest.fixture
def formed(redis, api):
    cluster_formed(Ledger(redis), Inventory(redis))


@pytest.fixture
def drill(redis, api):
    ledger, inventory = Ledger(redis), Inventory(redis)
    job = drill_begun(ledger, inventory)
    carried_out(ledger, inventory, job)
    return job


def test_the_list_tells_what_was_stopped_when_it_was_back_and_the_verdict(api, drill):
    head, row = api.run("drills", "list", "lab").stdout.splitlines()
    told = json.loads(api.run("drills", "list", "lab", "--json").stdout)["drills"]

    assert head.split()[0] == "job"
    assert row.split()[0] == drill[:8]
    assert row.endswith("not passed")
    assert "  41 s " in row
    assert "  100 s " in row
    assert [each["host"] for each in told] == ["n2"]


def test_the_report_is_shown_and_written_for_its_owner_only(api, drill, tmp_path):
    shown = api.run("drills", "report", drill[:8])
    file = tmp_path / "drill.md"
    written = api.run("drills", "report", drill, "-o", str(file))
    whole = json.loads(api.run("drills", "report", drill, "--json").stdout)

    assert shown.stdout.startswith("# Drill of lab: not passed")
    assert file.read_text() == shown.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    assert f"wrote {file}" in written.stderr
    assert whole["job"]["id"] == drill


def test_where_there_is_no_drill_the_command_for_one_is_told(api, redis, formed):
    other = next(job.id for job in Ledger(redis).jobs() if job.kind == "create-cluster")

    nothing = api.run("drills", "list", "lab").stdout
    unknown = api.run("drills", "list", "none")

    assert nothing.startswith("no drills of lab; ")
    assert "change drill lab --target worker" in nothing
    assert unknown.exit_code == 1
    assert "none" in unknown.stderr
    refused = api.run("drills", "report", other)
    assert refused.exit_code == 1
    assert "only a drill has a report" in refused.stderr
