"""One job's page: what can be asked of the job, and how it reads for everybody."""

import re

import pytest
from job_scenes import (
    ADVICE,
    COMMAND,
    failed,
    queued_behind,
    shown_events,
    thirty_hosts,
    three_hosts,
)
from looks import overflowing, violations
from playwright.sync_api import expect
from polling import within
from variants import first_of

CLIPPED = """() => [...document.querySelectorAll(".map th, .map td")]
  .filter(cell => cell.scrollWidth > cell.clientWidth + 1)
  .map(cell => cell.id || cell.textContent)"""
OVERLAPS = """() => {
  const cells = [...document.querySelectorAll(".map tbody td")].map(c => c.getBoundingClientRect());
  return cells.flatMap((a, i) => cells.slice(i + 1).filter(b =>
    a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1
  )).length;
}"""


def test_cancel_stops_the_job_at_the_next_safe_point(page, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    scene.worker.begin(0)
    page.goto(scene.path)

    page.get_by_role("button", name="Cancel").click()

    expect(page.locator("#job-status")).to_contain_text("Cancelling")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    assert ledger.job(scene.job).status == "cancelling"


def test_retry_goes_on_from_the_failed_step(page, ledger, inventory):
    scene = failed(ledger, inventory)
    page.goto(scene.path)

    page.get_by_role("button", name="Retry").click()

    expect(page.locator("#job-status")).to_contain_text("Running")
    assert ledger.job(scene.job).epoch == 2


def test_a_rollback_asks_once_more_before_it_begins(page, ledger, inventory):
    scene = failed(ledger, inventory)
    page.goto(scene.path)
    expect(page.get_by_role("button", name="Roll back now")).to_be_hidden()

    page.get_by_text("Roll back …").click()
    page.get_by_role("button", name="Roll back now").click()

    expect(page.locator("#job-status")).to_contain_text("Rolling back")
    assert ledger.job(scene.job).status == "rolling-back"


@pytest.mark.parametrize("verb", ["cancel", "retry", "rollback"])
def test_a_form_without_the_sessions_token_asks_nothing(verb, page, ledger, inventory):
    scene = failed(ledger, inventory)

    answer = page.request.post(f"{scene.path}/{verb}", form={"csrf_token": "guessed"})

    assert answer.status == 403
    assert ledger.job(scene.job).status == "failed"


def test_what_is_no_longer_possible_is_said_on_the_page(open_page, ledger, inventory, console):
    scene = three_hosts(ledger, inventory)
    page = open_page(scene.path, javascript=False)
    scene.worker.finish()

    page.get_by_role("button", name="Cancel").click()

    expect(page.get_by_role("alert")).to_contain_text(f"cannot cancel job {scene.job}")
    expect(page.locator("#job-status")).to_contain_text("Succeeded")
    assert all("409" in text for text in console)
    console.clear()


def test_a_job_in_the_queue_tells_its_place_and_what_it_waits_for(page, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    behind = queued_behind(ledger, scene.job)
    page.goto(f"/jobs/{behind}")

    banner = page.locator("#job-banner")
    expect(banner).to_contain_text("Queued")
    expect(banner).to_contain_text("Place 1 in the queue of prod")
    expect(banner.get_by_role("link")).to_have_attribute("href", scene.path)


def test_without_javascript_everything_can_be_read_and_asked(open_page, ledger, inventory):
    scene = failed(ledger, inventory)

    page = open_page(scene.path, javascript=False)

    expect(page.locator("#job-status")).to_contain_text("Failed")
    expect(page.locator("#cell-3-n2")).to_contain_text("failed")
    expect(page.locator("#job-banner").get_by_text(ADVICE)).to_be_visible()
    expect(page.locator("#step-3").get_by_text(COMMAND)).to_be_visible()
    expect(page.locator("#connection")).to_be_hidden()
    assert shown_events(page) == list(range(1, ledger.job(scene.job).seq + 1))
    page.get_by_role("button", name="Retry").click()
    expect(page.locator("#job-status")).to_contain_text("Running")


@pytest.mark.parametrize(
    "look",
    [
        pytest.param({}, id="light"),
        pytest.param({"dark": True}, id="dark", marks=pytest.mark.slow),
        pytest.param({"phone": True}, id="phone", marks=pytest.mark.slow),
    ],
)
def test_thirty_hosts_in_ten_steps_are_still_clear(look, open_page, ledger, inventory, tmp_path):
    scene = thirty_hosts(ledger, inventory)
    page = open_page(scene.path, **look)
    expect(page.locator("#connection")).to_have_text("Live")

    assert page.locator(".map tbody tr").count() == 30
    assert page.locator(".map thead th").count() == 11
    expect(page.locator("#cell-3-n21")).to_contain_text("attempt 2: Install MicroK8s 1.32/stable")
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate(OVERLAPS) == 0
    assert overflowing(page) == []
    assert violations(page) == []
    page.screenshot(path=tmp_path / "map.png", full_page=True)


def test_the_hosts_names_stay_in_sight_when_the_map_is_scrolled(open_page, ledger, inventory):
    scene = thirty_hosts(ledger, inventory)
    page = open_page(scene.path, phone=True)
    box, host = page.locator(".map-box"), page.locator(".map tbody th").nth(25)

    box.evaluate("box => box.scrollTo(box.scrollWidth, box.scrollHeight)")

    seen, frame = host.bounding_box(), box.bounding_box()
    assert abs(seen["x"] - frame["x"]) <= 2
    head = page.locator("#head-10").bounding_box()
    assert abs(head["y"] - frame["y"]) <= 2
    assert head["x"] + head["width"] <= frame["x"] + frame["width"] + 1


def test_on_a_phone_the_map_is_at_the_current_step_and_shows_that_there_is_more(
    open_page, ledger, inventory
):
    scene = three_hosts(ledger, inventory)
    for index in range(4):
        scene.worker.carry_out(index)
    scene.worker.begin(4)
    page = open_page(scene.path, phone=True)
    box = page.locator(".map-box")
    expect(box).to_have_attribute("data-more", "left right")
    assert is_in_sight(page, "#head-5")

    scene.worker.end(4)
    scene.worker.carry_out(5)
    scene.worker.begin(6)
    expect(page.locator("#head-7")).to_contain_text("running")
    assert is_in_sight(page, "#head-7")

    box.evaluate("box => box.scrollTo(0, 0)")
    expect(box).to_have_attribute("data-more", "right")


def is_in_sight(page, head):
    """Whether a column's head stands in the map's box, beside the hosts' names."""
    seen, frame = page.locator(head).bounding_box(), page.locator(".map-box").bounding_box()
    corner = page.locator(".map .corner").bounding_box()
    return (
        seen["x"] >= corner["x"] + corner["width"] - 1
        and seen["x"] + seen["width"] <= frame["x"] + frame["width"] + 1
    )


def test_a_map_that_the_reader_has_moved_stays_there(open_page, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    page = open_page(scene.path, phone=True)
    box = page.locator(".map-box")
    box.hover()
    page.mouse.wheel(60, 0)
    place = within(lambda: box.evaluate("box => box.scrollLeft"), "the map to move")

    for index in range(6):
        scene.worker.carry_out(index)
    scene.worker.begin(6)

    expect(page.locator("#head-7")).to_contain_text("running")
    assert box.evaluate("box => box.scrollLeft") == place


@pytest.mark.parametrize(
    "look", first_of([{}, {"dark": True}, {"phone": True}]), ids=["light", "dark", "phone"]
)
def test_a_failed_job_is_accessible(look, open_page, ledger, inventory):
    scene = failed(ledger, inventory, reason="CHG-4711")

    page = open_page(scene.path, **look)

    expect(page.locator("#connection")).to_have_text("Up to date")
    assert overflowing(page) == []
    assert violations(page) == []


def test_a_step_opens_with_the_keyboard_and_shows_its_hosts_over_time(page, ledger, inventory):
    scene = failed(ledger, inventory)
    page.goto(scene.path)

    page.locator("#step-1 > summary").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#step-1 .host-line:not(.heading)")).to_have_count(3)
    expect(page.locator("#step-1 .host-line").get_by_role("img").first).to_have_accessible_name(
        re.compile(r"^n1, attempt 1: done, \d+\.\d s$")
    )


def test_a_job_that_there_is_not_leads_to_all_jobs(page, console):
    page.goto(f"/jobs/{'0' * 32}")

    expect(page.get_by_role("link", name="All jobs")).to_have_attribute("href", "/jobs")
    assert all("404" in text for text in console)
    console.clear()
