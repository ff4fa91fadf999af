"""Each block of docs/how-to/tokens.md runs as it is pasted, on the real API."""

from pasted_pages import pasted


def test_each_block_of_the_page_runs_as_pasted(redis, settings, tmp_path):
    self_told, made, listed, revoked = pasted("how-to/tokens.md", redis, settings, tmp_path)

    assert "change (test-* in dev), destroy (test-* in dev)" in self_told
    assert '"token":"cw_' in made
    assert "board" in listed
    assert revoked.endswith("(ci): revoked\n")
