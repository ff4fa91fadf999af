"""The list of jobs."""

import pytest
from job_scenes import failed, three_hosts
from looks import overflowing, violations
from playwright.sync_api import expect
from seeding import formed, put_hosts, submitted
from variants import first_of

from api.page.jobs import SHOWN


@pytest.fixture
def many(ledger, inventory):
    hosts = put_hosts(inventory, SHOWN + 3)
    return [submitted(ledger, inventory, f"c{host}", control_plane=[host]) for host in hosts]


def test_jobs_are_listed_newest_first_a_page_at_a_time(page, many):
    page.goto("/jobs")
    expect(page.locator("tbody tr")).to_have_count(SHOWN)
    expect(page.locator("tbody tr").first).to_have_attribute("id", f"job-{many[-1]}")

    page.get_by_role("link", name="Older jobs").click()

    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator("tbody tr").last).to_have_attribute("id", f"job-{many[0]}")
    expect(page.get_by_role("link", name="Older jobs")).to_have_count(0)


def test_the_list_is_filtered_by_cluster_and_status(page, ledger, inventory):
    scene = failed(ledger, inventory)
    put_hosts(inventory, 1, first=9)
    formed(ledger, inventory, "dev", control_plane=["n9"])
    page.goto("/jobs")
    expect(page.locator("tbody tr")).to_have_count(2)

    page.get_by_label("Status").select_option("failed")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr")).to_have_attribute("id", f"job-{scene.job}")
    page.get_by_label("Cluster").select_option("dev")
    page.get_by_role("button", name="Show").click()

    expect(page.get_by_text("No job fits.")).to_be_visible()


def test_the_list_follows_what_happens(page, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    page.goto("/jobs")
    page.evaluate("window.mark = 'here'")
    expect(page.locator("tbody tr")).to_contain_text("running")

    scene.worker.finish()

    expect(page.locator("tbody tr")).to_contain_text("succeeded")
    expect(page.locator("tbody tr")).to_contain_text("All 7 steps are done")
    assert page.evaluate("window.mark") == "here"


def test_a_filter_that_cannot_be_is_refused_as_by_the_api(page, console):
    answer = page.goto("/jobs?status=nice")

    assert answer.status == 422
    assert all("422" in text for text in console)
    console.clear()


@pytest.mark.parametrize(
    "look", first_of([{}, {"dark": True}, {"phone": True}]), ids=["light", "dark", "phone"]
)
def test_the_list_is_accessible(look, open_page, ledger, inventory):
    failed(ledger, inventory)

    page = open_page("/jobs", **look)

    expect(page.locator("tbody tr")).to_have_count(1)
    assert overflowing(page) == []
    assert violations(page) == []
