"""docs/how-to/approvals.md: its tables are those of the code, and its commands do what it says."""

import shlex

import pytest
from pages import code_blocks, read, rows, section
from serving import serving

from api.http.problems import PROBLEMS
from cluster.spec import Host
from workflows.approval_policy import BUILT_IN, Asks
from workflows.inventory import Inventory
from workflows.kinds import KINDS
from workflows.ledger.ledger import Ledger
from workflows.plan import Lock

PAGE = read("docs/how-to/approvals.md")
WHICH = section(PAGE, "## Which changes need one")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


def line(beginning):
    [found] = [text for text in PAGE.splitlines() if text.startswith(beginning)]
    return found


def test_the_built_in_policy_is_the_one_in_the_table():
    told = {row[0].strip("`"): row[1] for row in rows(WHICH) if len(row) == 3}

    assert told == {
        "asks": f"`{BUILT_IN.asks}`",
        "environments": ", ".join(f"`{each}`" for each in BUILT_IN.environments),
        "final": f"`{str(BUILT_IN.final).lower()}`",
        "kinds": "none" if not BUILT_IN.kinds else "",
        "within": f"`{BUILT_IN.within}` hours",
    }


def test_every_word_of_when_it_asks_is_explained():
    assert [row[0].strip("`") for row in rows(WHICH) if len(row) == 2] == list(map(str, Asks))


def test_the_kinds_without_a_way_back_and_those_that_only_look_are_named():
    final = sorted(f"`{name}`" for name, kind in KINDS.items() if kind.is_final)
    looking = [f"`{name}`" for name, kind in KINDS.items() if kind.lock is Lock.NONE]

    assert line("* With `final`").endswith(f"{', '.join(final)}.")
    assert line("* What changes nothing").split(": ")[1].startswith(", ".join(looking))


@pytest.mark.parametrize("word", ["four-eyes", "policy-moved", "job-overtaken", "host-needed"])
def test_the_problems_that_it_names_exist(word):
    assert f"`{word}`" in PAGE
    assert word in PROBLEMS


def test_its_commands_have_a_change_approved_by_somebody_else(redis, settings):
    [block] = code_blocks(section(PAGE, "## Approve"), "text")
    create, ask, listing, approve = [shlex.split(row)[1:] for row in block.splitlines()]

    with serving(redis, settings) as api:
        Inventory(redis).put_host(Host("n1", "10.0.0.1", KEY))
        bob = type(api)(api.url, api.run(*create).stdout.strip())
        assert api.run(*ask).exit_code == 0
        [job] = Ledger(redis).jobs(limit=1)
        assert job.status == "awaiting-approval"
        assert job.id[:12] in api.run(*listing).stdout
        approve[approve.index("JOB")] = job.id
        assert api.run(*approve).exit_code == 1
        result = bob.run(*approve)

    assert result.exit_code == 0, result.output
    assert Ledger(redis).job(job.id).status == "running"
