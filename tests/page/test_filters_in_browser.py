import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("path", ["/jobs", "/audit"])
def test_what_filters_a_list_stands_in_one_row_above_it(open_page, path):
    page = open_page(path)
    fields = page.get_by_role("search").locator("input, select").all()

    assert len(fields) > 1
    assert len({round(field.bounding_box()["y"] / 20) for field in fields}) == 1
    expect(page.locator("h1")).to_be_visible()
