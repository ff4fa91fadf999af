"""docs/how-to/sign-in.md and the limits in docs/operations.md: what they show is taken."""

import re

import yaml
from pages import code_blocks, read, rows, section

from api.http.problems import PROBLEMS
from workflows.groups import group_roles
from workflows.process.limit_settings import NAMES, USUAL_LIMITS, limits_from_env
from workflows.process.oidc_settings import oidc_settings

PAGE = read("docs/how-to/sign-in.md")
README = read("README.md")


def test_the_file_of_groups_that_is_shown_is_taken():
    [text] = code_blocks(PAGE, "yaml")

    roles = group_roles(yaml.safe_load(text))

    assert [row.group for row in roles.rows] == [
        "platform",
        "operations",
        "web-team",
        "everybody",
    ]


def test_the_settings_of_each_issuer_are_taken(monkeypatch, tmp_path):
    [text] = code_blocks(PAGE, "yaml")
    (tmp_path / "oidc-groups.yaml").write_text(text)
    blocks = code_blocks(PAGE, "ini")

    assert len(blocks) == 3
    for block in blocks:
        for line in block.split():
            monkeypatch.setenv(*line.split("=", 1))
        found = oidc_settings(tmp_path)
        assert found.issuer in block
        assert found.audience == found.client_id


def test_every_setting_stands_in_the_readme_too():
    settings = re.findall(r"^\| `(CLUSTERWRIGHT_OIDC_\w+)`", PAGE, re.MULTILINE)

    assert len(settings) == 4
    assert [name for name in settings if f"| `{name}` |" not in README] == []


def test_every_problem_that_is_named_exists():
    named = re.findall(r"\d{3}, `([a-z-]+)`", PAGE)

    assert {"forbidden", "sign-in-refused", "issuer-unavailable"} <= set(named)
    assert set(named) <= set(PROBLEMS)


def test_the_limits_that_are_told_are_the_usual_ones(monkeypatch):
    table = [
        row for row in rows(section(read("docs/operations.md"), "### Limits")) if len(row) == 4
    ]
    told = {name.strip("`"): usually for name, _, _, usually in table}
    usual = {name: getattr(USUAL_LIMITS, name) for name in NAMES}
    [line] = [line for line in README.splitlines() if "| `CLUSTERWRIGHT_LIMITS` |" in line]

    assert told == {name: f"{limit.amount} a minute" for name, limit in usual.items()}
    monkeypatch.setenv("CLUSTERWRIGHT_LIMITS", line.split("`")[3])
    assert limits_from_env() == USUAL_LIMITS
