"""The lines that pages show for a terminal do what they say when they are pasted there."""

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from seeding import put_hosts

REASON = """it's "ready"; $(exit 3) `exit 4` & ünder\n-x"""
SENT = {
    "kind": "create-cluster",
    "cluster": "web",
    "role.n1": "control_plane",
    "role.n2": "workers",
    "labels": "n1 disk=ssd",
    "addons": "metallb:10.0.0.200-10.0.0.210",
    "environment": "prod",
    "accept": "prod-without-ha",
    "on_failure": "rollback",
    "reason": REASON,
}


@pytest.fixture
def paste(token):
    """Return a function that runs a line as a shell does, with the command and a token at hand."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = os.environ | {"CLUSTERWRIGHT_TOKEN": token, "PATH": path}

    def paste(line):
        return subprocess.run(
            ["bash", "-c", line], env=env, capture_output=True, text=True, timeout=250, check=False
        )

    return paste


def test_a_plan_is_carried_out_exactly_so_by_each_of_its_lines(
    member, site, paste, ledger, inventory
):
    put_hosts(inventory, 2)
    member.base_url = site.url
    assert member.sign_in().status_code == 303
    page = member.send("/changes/plan", SENT)
    ours, curl = map(html.unescape, re.findall(r"<pre><code>(.*?)</code>", page.text, re.DOTALL))

    first, again = paste(f"{ours} --json"), paste(curl)

    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stdout
    (job,) = ledger.jobs()
    assert (job.reason, job.on_failure) == (REASON, "rollback")
    assert job.params == {
        "control_plane": ["n1"],
        "workers": ["n2"],
        "channel": "1.32/stable",
        "environment": "prod",
        "topology": "single",
        "taints": {},
        "labels": {"n1": {"disk": "ssd"}},
        "addons": ["metallb:10.0.0.200-10.0.0.210"],
    }
    assert json.loads(first.stdout)["id"] == json.loads(again.stdout)["id"] == job.id
    assert json.loads(again.stdout)["not_taken"] == {}


def test_a_refused_plan_has_no_line_that_would_only_be_refused_again(member, inventory):
    put_hosts(inventory, 2)

    page = member.send("/changes/plan", SENT | {"accept": ""})

    assert "prod-without-ha" in page.text
    assert "<pre>" not in page.text
