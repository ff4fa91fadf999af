"""Each block of docs/how-to/schedules.md runs as it is pasted, on the real API."""

from pasted_pages import pasted


def test_each_block_of_the_page_runs_as_pasted(redis, settings, tmp_path):
    told = pasted("how-to/schedules.md", redis, settings, tmp_path)

    added, put, resumed, windows, freezes, removed = told
    assert "verify of prod" in added
    assert '"kind":"refresh-certs"' in put
    assert "state:      on" in resumed
    assert "22:00 to 04:00 Europe/Berlin" in windows
    assert "the sale" in freezes
    assert removed.splitlines() == [
        f"{name}: removed" for name in ("sale", "nightly", "certs", "look")
    ]
