"""The report of a drill over HTTP: JSON or Markdown, as far as the drill has come."""

import pytest
from drilled import carried_out, drill_begun

from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger


@pytest.fixture
def inventory(redis):
    return Inventory(redis)


@pytest.fixture
def ledger(redis):
    return Ledger(redis)


@pytest.fixture
def drill(client, ledger, inventory):
    return drill_begun(ledger, inventory)


def test_a_drill_that_is_over_tells_its_verdict_and_what_was_not_met(
    client, drill, ledger, inventory
):
    carried_out(ledger, inventory, drill)
    told = client.get(f"/v1/jobs/{drill}/drill").json

    assert (told["passed"], told["host"], told["seconds"]) == (False, "n2", 60)
    assert [row["seconds"] for row in told["moments"]] == [0, 41, None, None, None, 100]
    assert [row["failed"] for row in told["observers"]] == [0, 8]


def test_the_report_is_markdown_for_who_asks_for_that(client, drill, ledger, inventory):
    carried_out(ledger, inventory, drill)
    asked = client.get(f"/v1/jobs/{drill}/drill", headers={"Accept": "text/markdown"})
    query = client.get(f"/v1/jobs/{drill[:8]}/drill?format=markdown")

    assert asked.mimetype == query.mimetype == "text/markdown"
    assert asked.text == query.text
    assert asked.text.startswith("# Drill of lab: not passed")
    assert "write \\<600\\> is gone" in asked.text
    again = client.get(
        f"/v1/jobs/{drill}/drill?format=markdown", headers={"If-None-Match": query.headers["ETag"]}
    )
    assert again.status_code == 304


def test_a_drill_that_goes_on_tells_what_there_is_and_no_verdict(client, drill, ledger, inventory):
    nothing = client.get(f"/v1/jobs/{drill}/drill").json
    carried_out(ledger, inventory, drill, ["stop_for_drill"])
    stopped = client.get(f"/v1/jobs/{drill}/drill").json

    assert (nothing["host"], nothing["passed"]) == (None, None)
    assert (stopped["host"], stopped["passed"], stopped["log"]) == ("n2", None, [])


def test_a_job_of_another_kind_has_no_report(client, drill, ledger):
    other = next(job.id for job in ledger.jobs() if job.kind == "create-cluster")

    answer = client.get(f"/v1/jobs/{other}/drill")

    assert answer.status_code == 404
    assert answer.json["type"].endswith("no-drill")
    assert "is of kind create-cluster" in answer.json["detail"]
