"""What people do on the page, in a real browser, with scripts and without."""

import pytest
from demo_data import seed
from playwright.sync_api import expect
from seeding import HOST_KEY, Worker, put_hosts, submitted
from variants import first_of

JAVASCRIPT = pytest.mark.parametrize(
    "javascript", first_of([True, False]), ids=["scripts", "no-scripts"]
)


def fill_change(page, cluster="web"):
    page.get_by_label("Cluster", exact=True).fill(cluster)
    for name in ("n1", "n2", "n3"):
        page.get_by_label(f"Role of {name}").select_option("control plane")
    page.get_by_role("button", name="Show the plan").click()


@JAVASCRIPT
def test_who_signs_in_gets_to_the_page_asked_for_and_out_again(open_page, token, javascript):
    page = open_page("/hosts", signed_in=False, javascript=javascript)
    expect(page).to_have_title("Sign in · Clusterwright")

    page.get_by_label("API token").fill(token)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/hosts")
    page.get_by_role("button", name="Sign out").click()

    expect(page).to_have_url("/sign-in")
    page.goto("/hosts")
    expect(page).to_have_url("/sign-in?next=%2Fhosts")


@JAVASCRIPT
def test_a_change_is_planned_looked_at_and_carried_out(open_page, ledger, inventory, javascript):
    put_hosts(inventory, 3)
    page = open_page("/", javascript=javascript)

    page.get_by_role("link", name="New change").click()
    fill_change(page)
    expect(page.get_by_role("row").filter(has_text="Join n2")).to_contain_text("1 voter, 1 spare")
    assert ledger.jobs() == []
    page.get_by_role("button", name="Carry out this plan").click()

    page.wait_for_url("**/jobs/*")
    (job,) = ledger.jobs()
    expect(page).to_have_url(f"/jobs/{job.id}")


def test_who_goes_back_from_the_plan_finds_everything_as_it_was_typed(page, inventory):
    put_hosts(inventory, 3)
    page.goto("/changes/new")
    page.get_by_label("Reason").fill("CHG-1")
    page.get_by_label("Order").fill("n2")
    fill_change(page)

    expect_typed(page, after=page.go_back)
    page.get_by_role("button", name="Show the plan").click()
    page.get_by_role("button", name="Change the request").click()
    page.get_by_role("button", name="Show the plan").click()
    expect_typed(page, after=page.go_back)  # to a form that was itself an answer


def expect_typed(page, *, after):
    expect(page.get_by_role("heading", level=1)).to_have_text("create-cluster web")
    after()
    expect(page.get_by_label("Cluster", exact=True)).to_have_value("web")
    expect(page.get_by_label("Role of n1")).to_have_value("control_plane")
    expect(page.get_by_label("Order")).to_have_value("n2")
    expect(page.get_by_label("Reason")).to_have_value("CHG-1")


def test_hosts_are_found_among_many_and_those_that_were_chosen_stay(page, inventory):
    put_hosts(inventory, 14)
    page.goto("/changes/new")
    page.get_by_label("Role of n2", exact=True).select_option("workers")

    page.get_by_label("Find a host").fill("RACK-3 n1")

    shown = page.locator("#hosts-to-choose tbody tr").locator("visible=true").locator("th")
    expect(shown).to_have_text(["n2", "n12"])
    expect(page.get_by_text("2 of 14")).to_be_visible()
    page.get_by_label("Find a host").press("Enter")
    expect(page).to_have_url("/changes/new")


def test_an_operation_is_found_in_the_documentation_and_a_link_shows_what_was_left_out(page):
    page.goto("/docs")

    page.get_by_label("Find an operation").fill("post /cancel")

    shown = page.locator("article").locator("visible=true")
    expect(shown).to_have_count(1)
    expect(shown.get_by_role("heading")).to_have_text("POST /v1/jobs/{job_id}/cancel")
    expect(page.get_by_role("heading", name="schemas")).to_be_hidden()
    shown.get_by_role("link", name="Job", exact=True).first.click()
    expect(page.locator("#Job")).to_be_in_viewport()


def test_a_line_for_the_terminal_is_copied(page, inventory):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/new-host")
    page.get_by_label("Address", exact=True).fill("10.0.0.9")
    page.get_by_role("button", name="Get or check the key").click()

    page.get_by_role("button", name="Copy").first.click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "ssh-keyscan -t ed25519 -p 22 10.0.0.9"


def test_a_password_manager_finds_a_user_name_beside_the_token(open_page):
    page = open_page(signed_in=False)
    heard = []
    page.on("console", lambda message: heard.append(message.text))

    page.goto("/sign-in")

    field = page.locator("form input[autocomplete=username]")
    expect(field).to_have_value("api-token")
    expect(field).to_be_hidden()
    assert heard == []


def test_a_double_click_makes_one_job(page, ledger, inventory):
    put_hosts(inventory, 3)
    page.goto("/changes/new")
    fill_change(page)

    page.get_by_role("button", name="Carry out this plan").dblclick()

    page.wait_for_url("**/jobs/*")
    assert len(ledger.jobs()) == 1


@JAVASCRIPT
def test_a_host_is_added_and_removed(open_page, inventory, javascript):
    page = open_page("/", javascript=javascript)

    page.get_by_role("link", name="Add a host").click()
    page.get_by_label("Name").fill("n1")
    page.get_by_label("Address", exact=True).fill("10.0.0.1")
    page.get_by_label("User").fill("root")
    page.get_by_label("Host key").fill(HOST_KEY)
    page.get_by_role("button", name="Add the host").click()
    expect(page).to_have_url("/hosts/n1")
    assert inventory.host("n1").address == "10.0.0.1"
    page.get_by_role("button", name="Remove n1").click()

    expect(page).to_have_url("/hosts")
    assert inventory.hosts() == ()


def test_everything_can_be_read_without_scripts(open_page, redis):
    demo = seed(redis)
    page = open_page(javascript=False)

    for path, text in {
        "/": "3 of 3 voters alive",
        "/clusters/edge": "edge-3 is listed as voter but does not answer",
        "/hosts": "disk-slow",
        "/hosts/node-5": "unable to contact snap store",
        "/jobs": "create-cluster",
        f"/jobs/{demo.failed}": "unable to contact snap store",
    }.items():
        page.goto(path)
        expect(page.get_by_text(text).locator("visible=true").first).to_be_visible()


def test_the_overview_keeps_up_by_itself(page, ledger, inventory):
    put_hosts(inventory, 1)
    job = submitted(ledger, inventory, "prod", control_plane=["n1"])
    page.goto("/")
    expect(page.get_by_role("row").filter(has_text="create-cluster prod")).to_contain_text(
        "running"
    )
    page.evaluate("document.same = true")

    Worker(ledger, job).finish()

    row = page.get_by_role("row").filter(has_text="create-cluster prod")
    expect(row).to_contain_text("succeeded")
    assert page.evaluate("document.same")


def test_the_overview_looks_the_same_when_somebody_comes_back_to_it(page):
    for _ in range(3):  # the browser asks whether what it has is still so
        page.goto("/")
        expect(page.locator("body")).not_to_have_css("margin-top", "8px")


def test_the_keyboard_gets_to_the_content_at_once(page):
    page.goto("/")

    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    expect(focused).to_have_text("Skip to the content")
    expect(focused).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()


def test_a_card_is_one_target_and_shows_where_the_keyboard_is(page, redis):
    seed(redis)
    page.goto("/")

    page.locator(".cluster-card").filter(has_text="edge").click(position={"x": 12, "y": 12})

    expect(page).to_have_url("/clusters/edge")


def test_the_sessions_cookie_is_out_of_reach_of_scripts(page, site):
    page.goto("/")

    assert page.evaluate("document.cookie") == ""
    names = {cookie["name"]: cookie for cookie in page.context.cookies(site.url)}
    assert names["cw_session"]["httpOnly"]


def test_the_browser_reads_the_api_and_changes_nothing_through_it(page, inventory, console):
    put_hosts(inventory, 1)
    page.goto("/")

    answers = page.evaluate(
        """async () => [
          (await fetch("/v1/hosts")).status,
          (await fetch("/v1/hosts/n1", {method: "DELETE"})).status,
        ]"""
    )

    assert answers == [200, 401]
    assert [host.name for host in inventory.hosts()] == ["n1"]
    assert [message.rpartition(" (")[0][-3:] for message in console] == ["401"]
    console.clear()


def test_a_form_of_another_site_is_refused(open_page, site, inventory, console):
    put_hosts(inventory, 1)
    page = open_page("/")
    form = f'<form method="post" action="{site.url}/hosts/n1/delete"><button>Win</button></form>'
    page.route(
        "http://elsewhere.example/",
        lambda route: route.fulfill(body=form, content_type="text/html"),
    )
    page.goto("http://elsewhere.example/")

    page.get_by_role("button", name="Win").click()

    expect(page).to_have_title("Sign in · Clusterwright")  # the cookie stays at home
    assert [host.name for host in inventory.hosts()] == ["n1"]
