"""Every page in a real browser: as its policy has it, and readable by everybody on any screen."""

import pytest
from demo_data import seed
from looks import contrast_violations, cut, overflowing, violations
from playwright.sync_api import expect

PAGES = {
    "overview": "/",
    "cluster": "/clusters/shop",
    "degraded-cluster": "/clusters/edge",
    "unformed-cluster": "/clusters/lab",
    "hosts": "/hosts",
    "host": "/hosts/node-5",
    "new-host": "/new-host",
    "new-change": "/changes/new",
    "no-such-host": "/hosts/none",
    "problems": "/problems/",
    "tokens": "/tokens",
    "audit": "/audit",
    "subscriptions": "/subscriptions",
    "approval-policy": "/approval-policy",
}
PHONE = {"width": 360, "height": 740}
NOT_FOUND = "error: Failed to load resource: the server responded with a status of 404 (NOT FOUND)"
UNFIT = "error: Failed to load resource: the server responded with a status of 422 (UNPROCESSABLE"


def examine(page):
    """Look at one page in light and dark, at a desk and on a phone."""
    found = {
        "light": violations(page),
        "desk": overflowing(page),
    }
    page.emulate_media(color_scheme="dark")
    found["dark"] = contrast_violations(page)
    page.set_viewport_size(PHONE)
    found["phone"] = overflowing(page)
    found["cards"] = cut(page)
    found["phone, but for colours"] = violations(page, rules={"color-contrast": {"enabled": False}})
    return {look: rows for look, rows in found.items() if rows}


def excuse(console, beginning):
    """Take out what the browser says of an answer that the test asks for."""
    console[:] = [message for message in console if not message.startswith(beginning)]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable_by_everybody_on_any_screen(open_page, redis, console, name):
    seed(redis)
    page = open_page(PAGES[name])

    assert examine(page) == {}

    excuse(console, NOT_FOUND)


@pytest.mark.slow
def test_the_documentation_is_readable_by_everybody_on_any_screen(open_page):
    assert examine(open_page("/docs")) == {}


def test_help_with_a_hosts_key_is_readable_by_everybody_on_any_screen(open_page):
    page = open_page("/new-host")
    page.get_by_label("Address", exact=True).fill("10.0.0.9")
    page.get_by_role("button", name="Get or check the key").click()
    expect(page.locator("#key-help")).to_be_visible()

    assert examine(page) == {}


def test_the_sign_in_is_readable_by_everybody_on_any_screen(open_page, console):
    page = open_page("/sign-in", signed_in=False)
    page.get_by_label("API token").fill("cw_wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("the token is not known")).to_be_visible()

    assert examine(page) == {}

    excuse(console, UNFIT)


def test_a_refused_plan_is_readable_by_everybody_on_any_screen(open_page, redis):
    seed(redis)
    page = open_page("/changes/new")
    page.get_by_label("Cluster", exact=True).fill("web")
    page.get_by_label("Role of node-7").select_option("control plane")
    page.get_by_label("Environment").select_option("prod")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("button", name="Plan again")).to_be_visible()

    assert examine(page) == {}


def test_faults_of_a_form_are_readable_by_everybody_on_any_screen(open_page, redis, console):
    seed(redis)
    page = open_page("/changes/new")
    page.get_by_label("Cluster", exact=True).fill("Not A Name")
    page.get_by_label("Channel").fill("newest")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("alert")).to_contain_text("3 fields need another value")

    assert examine(page) == {}

    excuse(console, UNFIT)


def test_the_policy_stops_what_is_not_ours(open_page, console):
    page = open_page("/")

    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.ran = true";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend", '<p style="color: red">x</p>');
        }"""
    )

    assert page.evaluate("window.ran") is None
    assert len(console) == 2
    assert all("Content Security Policy" in message for message in console)
    console.clear()
