"""The report of a drill over HTTP: JSON or Markdown, as far as the drill has come."""

import pytest
from drilled import carried_out, cluster_formed, drill_again, drill_begun

from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.plan import Change
from workflows.submit import submit


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


def test_the_drills_of_a_cluster_are_listed_in_pages_whatever_else_was_done_to_it(
    client, drill, ledger, inventory
):
    carried_out(ledger, inventory, drill)
    for reason in ("a", "b"):
        look = Change("lab", "verify", {}, reason=reason)
        carried_out(ledger, inventory, submit(ledger, inventory, look).job.id)
    newer = drill_again(ledger, inventory)

    first = client.get("/v1/clusters/lab/drills?per_page=1")
    second = client.get(first.headers["Link"].partition(">")[0].removeprefix("<"))

    assert [row["job"]["id"] for row in first.json["drills"]] == [newer]
    assert [row["job"]["id"] for row in second.json["drills"]] == [drill]
    assert "Link" not in second.headers
    assert [row["passed"] for row in client.get("/v1/clusters/lab/drills").json["drills"]] == [
        None,
        False,
    ]


def test_a_cluster_without_drills_has_an_empty_list_and_an_unknown_one_none(
    client, ledger, inventory
):
    cluster_formed(ledger, inventory)

    assert client.get("/v1/clusters/lab/drills").json == {"drills": []}
    assert client.get("/v1/clusters/none/drills").status_code == 404
