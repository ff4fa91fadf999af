"""Pages that keep up by themselves, when they cannot."""

import re

import pytest
from playwright.sync_api import expect

LOST = "error: Failed to load resource: net::ERR_FAILED"


@pytest.mark.parametrize("path", ["/", "/jobs"])
def test_a_page_says_that_the_server_does_not_answer_until_it_does(open_page, console, path):
    page = open_page(path)
    page.route("**/*", lambda route: route.abort())

    expect(page.get_by_role("status")).to_contain_text("The server does not answer")

    page.unroute("**/*")
    expect(page.get_by_role("status")).to_have_count(0)
    console[:] = [message for message in console if message != LOST]


def test_a_page_whose_session_has_ended_leads_to_the_sign_in_and_back(page, redis):
    page.goto("/jobs?cluster=prod")
    page.context.clear_cookies()

    page.get_by_role("link", name="Sign in again").click()

    expect(page).to_have_url(re.compile(r"/sign-in\?next=%2Fjobs%3Fcluster%3Dprod$"))
