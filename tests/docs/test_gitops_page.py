"""The pipelines of docs/how-to/gitops.md: their scripts run, from the comment to the job."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from api_requests import HOST_KEY
from pages import ROOT, code_blocks, read
from serving import serving

from cluster.spec import Host
from workflows.access import Permission
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger
from workflows.roles import Role, roles_with

FILE = """\
apiVersion: clusterwright/v1
name: prod
environment: dev
channel: 1.32/stable
hosts:
  n1: {role: control-plane}
"""
POSTS = '#!/bin/sh\necho "$*" >posted.txt\ncp comment.md posted.md\n'
"""Stands for what posts a comment."""
SYSTEMS = ("github", "gitlab")
pytestmark = pytest.mark.skipif(not shutil.which("jq"), reason="the pipelines need jq")


def scripts(system):
    """Return what each job of a pipeline has a shell do, by its name."""
    github, gitlab = map(yaml.safe_load, code_blocks(read("docs/how-to/gitops.md"), "yaml"))
    names = ("comment", "plan", "apply")
    if system == "github":
        return {name: github["jobs"][name]["steps"][-1]["run"] for name in names}
    return {name: "\n".join(gitlab[name]["script"]) for name in names}


@pytest.fixture
def api(redis, settings):
    Inventory(redis).put_host(Host("n1", "10.0.0.1", HOST_KEY))
    with serving(redis, settings) as api:
        yield api


@pytest.fixture
def runner(tmp_path, api):
    """Run a script as a runner does, in a checkout with the cluster's file."""
    (tmp_path / "clusters").mkdir()
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("gh", "curl"):
        (programs / name).write_text(POSTS)
        (programs / name).chmod(0o755)

    def run(script, text=FILE, **variables):
        (tmp_path / "clusters" / "prod.yaml").write_text(text)
        environment = {
            "PATH": f"{programs}:{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "CLUSTERWRIGHT_URL": api.url,
            "CLUSTERWRIGHT_TOKEN": api.token,
            "NUMBER": "7",
            "NOTES_TOKEN": "t",
            "CI_API_V4_URL": "api",
            "CI_PROJECT_ID": "3",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_PROJECT_PATH": "ops/clusters",
            "CI_COMMIT_SHA": "0a1b",
            "GITHUB_REPOSITORY": "ops/clusters",
            "GITHUB_SHA": "0a1b",
            "GITHUB_OUTPUT": str(tmp_path / "plan.env"),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        }
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=tmp_path,
            env=environment | variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


def digest_of(folder: Path):
    name, _, value = (folder / "plan.env").read_text().strip().partition("=")
    assert name.upper() == "DIGEST"
    return value


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_request_gets_a_comment_with_differences_plan_and_digest(system, runner, tmp_path):
    done = runner(scripts(system)["comment"])

    comment = (tmp_path / "posted.md").read_text()
    assert done.returncode == 0, done.stderr
    assert "`create-cluster`" in comment
    assert "Digest: `sha256:" in comment
    assert "7" in (tmp_path / "posted.txt").read_text()


def test_a_refused_plan_is_posted_and_fails_the_job(runner, tmp_path):
    done = runner(scripts("github")["comment"], FILE.replace("n1:", "n9:"))

    assert done.returncode == 1
    assert "`unknown-host`" in (tmp_path / "posted.md").read_text()


def test_a_file_with_faults_is_not_posted_and_fails_the_job(runner, tmp_path):
    done = runner(scripts("github")["comment"], FILE.replace("role:", "rule:"))

    assert done.returncode == 1
    assert "did you mean role?" in done.stderr
    assert not (tmp_path / "posted.md").exists()


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_plan_that_was_agreed_to_is_applied_and_no_other(system, runner, tmp_path, redis):
    planned = runner(scripts(system)["plan"])
    digest = digest_of(tmp_path)
    script = scripts(system)["apply"].replace("--wait", "--json")  # nobody works here
    other = runner(script, DIGEST="sha256:" + "0" * 64)
    applied = runner(script, DIGEST=digest)

    ledger = Ledger(redis)
    (job,) = ledger.jobs()
    assert planned.returncode == 0, planned.stderr
    assert (other.returncode, "plan-outdated" in other.stdout) == (1, True)
    assert applied.returncode == 0, applied.stderr
    assert (job.plan["digest"], job.reason) == (digest, "ops/clusters 0a1b")


def test_both_pipelines_compare_plan_and_refuse_alike():
    github, gitlab = (
        [
            line.strip()
            for line in scripts(system)["comment"].splitlines()
            if line.strip().startswith(("clusterwright", "different", "[", "exit"))
        ]
        for system in SYSTEMS
    )

    assert github == gitlab


def test_the_role_that_the_page_names_may_compare_plan_and_apply():
    named = set(re.findall(r"the role `(\w+)`", read("docs/how-to/gitops.md")))

    assert named == {"operator"}
    assert set(Role) - {Role.OPERATOR, Role.ADMIN} == set(Role) - {*roles_with(Permission.PLAN)}
    assert Role.OPERATOR in roles_with(Permission.CHANGE)
