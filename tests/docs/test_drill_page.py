"""The page on drills says what the code does."""

import shlex

from click.testing import CliRunner
from pages import code_blocks, read

from cli.main import cli
from cluster.drills import (
    HEAL_SECONDS,
    LEAST_SECONDS,
    LONGEST_INTERRUPTION,
    LONGEST_RETURN,
    MOMENTS,
    MOST_SECONDS,
    WAYS,
)
from deploy_scripts.microk8s.healing import UNIT
from workflows.drill_rules import TARGETS
from workflows.kinds import KINDS
from workflows.kinds.drill import USUAL_SECONDS
from workflows.planner import normalised

PAGE = read("docs/how-to/drill.md")


def test_the_numbers_targets_and_moments_are_those_of_the_code():
    assert f"{LEAST_SECONDS} s at least and {MOST_SECONDS} s at most, {USUAL_SECONDS} s" in PAGE
    assert f"silent for more than {LONGEST_INTERRUPTION:g} s" in PAGE
    assert f"less than {LONGEST_RETURN:g} s after it was started" in PAGE
    assert all(f"| `{word}` |" in PAGE for word in (*TARGETS, *WAYS))
    assert f"by itself, {HEAL_SECONDS} s after the time" in PAGE
    assert f"`{UNIT}.timer`" in PAGE
    for says in MOMENTS.values():
        label, _, what = says.partition(" ")
        assert f"| {label} | {what}" in PAGE


def test_its_commands_ask_for_what_a_drill_takes():
    lines = [line for block in code_blocks(PAGE, "bash") for line in block.splitlines() if line]

    assert len(lines) == 7
    for line in lines:
        _, group, verb, *_ = words = shlex.split(line)
        if group == "drills":
            assert CliRunner().invoke(cli, [group, verb, "--help"]).exit_code == 0
            continue
        rest = words[words.index("staging") + 1 :]
        said = dict(zip(rest[::2], rest[1::2], strict=False))
        known = {"--target": "target", "--node": "node", "--seconds": "seconds", "--how": "how"}
        params = {known[flag]: value for flag, value in said.items() if flag in known}
        if pair := said.get("--param"):
            params = dict([pair.split("=")])
        if "seconds" in params:
            params["seconds"] = int(params["seconds"])
        assert normalised(KINDS["drill"], params)
