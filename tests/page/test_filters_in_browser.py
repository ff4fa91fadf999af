"""The forms above the lists of the page, which show a part of each."""

import pytest
from looks import overflowing
from playwright.sync_api import expect
from seeding import put_hosts, submitted


@pytest.mark.parametrize("path", ["/jobs", "/audit"])
def test_what_filters_a_list_stands_in_one_row_above_it(open_page, path):
    page = open_page(path)
    fields = page.get_by_role("search").locator("input, select").all()

    assert len(fields) > 1
    assert len({round(field.bounding_box()["y"] / 20) for field in fields}) == 1
    expect(page.locator("h1")).to_be_visible()


def test_a_long_name_among_the_choices_makes_no_phone_scroll_sideways(open_page, ledger, inventory):
    submitted(ledger, inventory, "a" * 63, control_plane=put_hosts(inventory, 1))

    assert overflowing(open_page("/jobs", phone=True)) == []
