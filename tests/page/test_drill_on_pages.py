"""A drill on the page of its job: the verdict, T0 to T5, and when which node was silent."""

import re

import pytest
from drilled import carried_out, drill_begun
from seeding import formed, put_hosts

INLINE = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)", re.IGNORECASE)


@pytest.fixture
def drill(ledger, inventory):
    return drill_begun(ledger, inventory)


def section(text):
    found = re.search(r'<section id="job-drill".*?</section>', text, re.DOTALL)
    assert found
    return found[0]


def test_the_page_shows_the_moments_the_silences_and_why_a_drill_is_not_passed(
    member, drill, ledger, inventory
):
    carried_out(ledger, inventory, drill)

    shown = section(member.get(f"/jobs/{drill}").text)

    assert "n2, node: not passed" in shown
    assert "write &lt;600&gt; is gone" in shown
    assert re.search(r"T1</th><td>[^<]*not Ready</td><td>41 s<", shown)
    assert re.search(r"T2</th><td>[^<]*</td><td>not seen<", shown)
    assert re.search(r"T5</th><td>[^<]*</td><td>100 s<", shown)
    assert "8 of 57 writes failed, silent for 11 s at most" in shown
    assert '<rect class="bar failed" x="0.0%" width="10.0%"' in shown
    assert not INLINE.search(shown)


def test_the_news_of_a_drill_bring_its_section_once_a_node_was_stopped(
    member, drill, ledger, inventory
):
    before = member.get(f"/jobs/{drill}/live?after=1").text
    carried_out(ledger, inventory, drill, ["stop_for_drill"])
    after = member.get(f"/jobs/{drill}/live?after=1").text

    assert "hidden" in section(before)
    assert "no verdict (running)" in section(after)


def test_a_job_of_another_kind_has_no_such_section(member, ledger, inventory):
    hosts = put_hosts(inventory, 3)
    job = formed(
        ledger, inventory, "lab", control_plane=hosts, channel="1.32/stable", environment="dev"
    )

    assert "job-drill" not in member.get(f"/jobs/{job}").text
