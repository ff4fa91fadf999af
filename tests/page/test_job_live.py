"""One job's page while the job goes on."""

from job_scenes import ADVICE, COMMAND, INSTALL, fail_install, shown_events, three_hosts
from playwright.sync_api import expect
from seeding import observed

LOST = "Connection lost; trying again"


def live(page, scene):
    """Open a job's page, and leave a mark that a reload would wipe away."""
    page.goto(scene.path)
    expect(page.locator("#connection")).to_have_text("Live")
    page.evaluate("window.mark = 'here'")


def is_same_page(page):
    return page.evaluate("window.mark") == "here"


def expect_whole_log(page, ledger, job):
    last = ledger.job(job).seq
    expect(page.locator(f"#event-{last}")).to_be_visible()
    assert shown_events(page) == list(range(1, last + 1))


def test_the_map_fills_in_while_the_job_runs(page, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    live(page, scene)
    install, status = page.locator("#cell-3-n2"), page.locator("#job-status")

    scene.worker.carry_out(0)
    scene.worker.carry_out(1)
    expect(page.locator("#cell-2-n3")).to_contain_text("done")
    expect(install).to_have_text("pending")
    scene.worker.begin(INSTALL)
    scene.worker.report(INSTALL, "n2", "running", operation="Install the snap")
    expect(install).to_contain_text("running")
    expect(install).to_contain_text("Install the snap")
    scene.worker.report(INSTALL, "n2", "done", seconds=41.0)
    expect(install).to_contain_text("done 41 s")
    scene.worker.end(INSTALL)
    expect(page.locator("#head-3")).to_contain_text("done")
    scene.worker.finish(observed(inventory, ["n1", "n2", "n3"], []))

    expect(status).to_contain_text("Succeeded")
    expect(page).to_have_title("succeeded: create-cluster prod · Clusterwright")
    expect(page.get_by_label("Quorum")).to_contain_text("3 of 3 voters alive")
    expect(page.locator("#connection")).to_have_text("Up to date")
    expect_whole_log(page, ledger, scene.job)
    assert is_same_page(page)


def test_no_event_is_lost_or_doubled_when_the_server_dies_in_between(
    page, site, ledger, inventory, console
):
    scene = three_hosts(ledger, inventory)
    live(page, scene)
    scene.worker.carry_out(0)

    site.kill()
    expect(page.locator("#connection")).to_have_text(LOST)
    scene.worker.carry_out(1)
    scene.worker.begin(INSTALL)
    site.start()
    expect(page.locator("#connection")).to_have_text("Live")
    scene.worker.report(INSTALL, "n1", "running", operation="Install the snap")

    expect(page.locator("#cell-3-n1")).to_contain_text("Install the snap")
    expect_whole_log(page, ledger, scene.job)
    assert is_same_page(page)
    assert all("ERR_" in text for text in console)
    console.clear()


def test_a_server_that_is_full_is_asked_again_and_the_news_come_meanwhile(
    page, ledger, inventory, console
):
    scene = three_hosts(ledger, inventory)
    page.route("**/v1/jobs/*/events*", lambda route: route.fulfill(status=503))
    page.goto(scene.path)
    expect(page.locator("#connection")).to_have_text(LOST)

    scene.worker.carry_out(0)
    expect(page.locator("#cell-1-n1")).to_contain_text("done")
    page.unroute("**/v1/jobs/*/events*")

    expect(page.locator("#connection")).to_have_text("Live")
    expect_whole_log(page, ledger, scene.job)
    console.clear()


def test_many_events_cost_few_requests(page, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    asked = []  # also by a request that is on its way when the events come
    page.on("request", lambda request: asked.append(request.url) if "/live?" in request.url else 0)
    live(page, scene)

    scene.worker.begin(0)
    for number in range(400):
        scene.worker.report(0, "n1", "running", operation=f"Look at {number}")
    scene.worker.end(0)

    expect(page.locator("#head-1")).to_contain_text("done")
    expect_whole_log(page, ledger, scene.job)
    assert 0 < len(asked) < 100


def test_the_failing_step_opens_to_host_command_last_lines_and_what_to_do(page, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    live(page, scene)
    step = page.locator(f"#step-{INSTALL + 1}")
    expect(step).not_to_have_attribute("open", "")

    fail_install(scene.worker)

    failure = step.locator(".failure")
    expect(failure.get_by_role("heading", name="n2")).to_be_visible()
    expect(failure.get_by_text("Install MicroK8s", exact=True)).to_be_visible()
    expect(failure.get_by_text(COMMAND)).to_be_visible()
    expect(failure.get_by_label("Last lines of n2")).to_have_text(
        "Fetch and check assertions\nerror: unable to contact snap store"
    )
    expect(failure.get_by_text(ADVICE)).to_have_count(0)
    expect(page.locator("#job-banner")).to_contain_text(ADVICE)
    expect(page.locator("#cell-3-n2")).to_contain_text("failed")


def test_a_retry_by_somebody_else_wakes_a_finished_page(page, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    live(page, scene)
    fail_install(scene.worker)
    expect(page.locator("#connection")).to_have_text("Up to date")

    ledger.retry(scene.job)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # the reader is back

    expect(page.locator("#connection")).to_have_text("Live")
    scene.worker.begin(INSTALL)
    scene.worker.report(INSTALL, "n2", "running", operation="Install again", attempt=2)
    expect(page.locator("#cell-3-n2")).to_contain_text("attempt 2: Install again")
    expect(page.locator("#cell-3-n1")).to_contain_text("done")
    expect_whole_log(page, ledger, scene.job)


def test_what_the_reader_has_opened_focused_and_scrolled_to_is_left_alone(page, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    scene.worker.carry_out(0)
    live(page, scene)
    page.locator("#step-1 > summary").click()
    page.get_by_role("button", name="Cancel").focus()
    page.evaluate("scrollTo(0, 120)")

    scene.worker.carry_out(1)

    expect(page.locator("#cell-2-n3")).to_contain_text("done")
    expect(page.locator("#step-1")).to_have_attribute("open", "")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    assert page.evaluate("scrollY") == 120


def test_when_the_focused_button_goes_the_keyboard_stays_with_the_status(page, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    live(page, scene)
    page.get_by_role("button", name="Cancel").focus()

    scene.worker.finish()

    expect(page.locator("#job-status")).to_contain_text("Succeeded")
    expect(page.locator("#job-status")).to_be_focused()


def test_only_the_sentence_that_tells_where_the_job_stands_is_read_out(page, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    live(page, scene)

    scene.worker.begin(0)

    loud = page.locator("[aria-live=polite]")
    expect(loud).to_have_count(1)
    expect(loud).to_have_text("Step 1 of 7: Check n1, n2, n3 and the network between them")


def test_a_session_that_ends_is_told(page, redis, ledger, inventory):
    scene = three_hosts(ledger, inventory)
    live(page, scene)

    redis.delete(*redis.scan_iter("cw:session:*"))
    scene.worker.begin(0)

    expect(page.locator("#connection")).to_contain_text("Signed out")
