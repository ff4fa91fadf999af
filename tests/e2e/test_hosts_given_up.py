"""``clusterwright acceptance`` on lab hosts, as a person runs it on machines that are given up."""

import json
import os
import subprocess
import sys

import pytest
from stack import ANSWERED
from variants import first_of

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@pytest.fixture
def accept(stack, tmp_path):
    """Run the command with its report in a folder of its own."""

    def run(*words, hosts=None, confirm=None):
        arguments = list(words)
        if hosts is not None:
            path = tmp_path / "given-up.json"
            path.write_text(json.dumps(hosts))
            arguments += ["--hosts", str(path)]
        if confirm is not None:
            arguments += ["--confirm", confirm]
        program = "from cli.main import main; main()"
        url = str(stack.client.base_url).rstrip("/")
        arguments += ["--output", str(tmp_path)]
        return subprocess.run(
            [sys.executable, "-c", program, "--url", url, "acceptance", *arguments],
            env=stack.environment | {"PYTHONPATH": ROOT},
            cwd=tmp_path,
            input="",
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )

    run.folder = tmp_path
    return run


def rows(stack, *names):
    found = [stack.client.get(f"/v1/hosts/{name}").json() for name in names]
    return [{k: v for k, v in row.items() if k not in {"links", "cluster"}} for row in found]


@pytest.mark.slow
def test_hosts_that_are_given_up_pass_and_the_report_tells_the_whole_story(stack, lab, accept):
    for name in ("n1", "n2", "n3", "n4"):
        row = rows(stack, name)[0] | {"labels": {"clusterwright.io/disposable": "true"}}
        body = {field: value for field, value in row.items() if field not in ANSWERED}
        stack.client.put(f"/v1/hosts/{name}", json=body).raise_for_status()

    done = accept("--json", confirm="n1, n2, n3, n4")

    document = json.loads(done.stdout)
    assert done.returncode == 0, document
    assert [check["passed"] for check in document["checks"]] == [True] * 8
    assert [row["job"]["status"] for row in document["jobs"]] == [
        "failed",
        "failed",
        "rolled-back",
        "succeeded",
    ]
    [page] = accept.folder.glob("acceptance-*.md")
    assert page.read_text().startswith("# Acceptance: passed")
    assert json.loads(next(accept.folder.glob("acceptance-*.json")).read_text()) == document
    assert "n4" in document["topology"]


def test_a_list_with_a_host_that_belongs_to_a_cluster_is_refused_whole(stack, lab, accept):
    job = stack.finish(stack.post("prod", {"control_plane": ["n2"]}).json()["id"])
    assert job["status"] == "succeeded"

    done = accept(hosts=rows(stack, "n1", "n2"), confirm="n1 n2")

    assert done.returncode == 1
    assert "n2 belongs to cluster prod. No host was changed" in done.stderr
    assert len(stack.client.get("/v1/jobs").json()["jobs"]) == 1
    assert list(accept.folder.glob("acceptance-*")) == []


@pytest.mark.parametrize("confirm", first_of(["n1", "n1 n3", "", "yes"]))
def test_without_every_name_nothing_begins(stack, lab, accept, confirm):
    done = accept(hosts=rows(stack, "n1", "n2"), confirm=confirm)

    assert done.returncode == 1
    assert "cannot begin" in done.stderr
    assert stack.client.get("/v1/jobs").json()["jobs"] == []


def test_hosts_with_a_microk8s_of_somebody_are_refused_before_anything_is_changed(
    stack, lab, accept
):
    lab.exec("n2", "snap install microk8s --classic --channel=1.32/stable")
    given = rows(stack, "n1", "n2")
    for row in given:
        stack.client.delete(f"/v1/hosts/{row['name']}")

    done = accept(hosts=given, confirm="n1 n2")

    assert done.returncode == 1
    assert lab.exec("n2", "snap list microk8s").returncode == 0
    assert lab.exec("n1", "snap list microk8s").returncode != 0
    assert lab.exec("n1", "ls /var/lib/clusterwright").returncode != 0
    left = [row["name"] for row in stack.client.get("/v1/hosts").json()["hosts"]]
    assert left == ["n3", "n4", "n5"]
    page = next(accept.folder.glob("acceptance-*.md")).read_text()
    assert page.startswith("# Acceptance: NOT passed")


def test_a_list_that_is_no_list_of_hosts_says_what_is_wanted(stack, lab, accept):
    done = accept(hosts={"hosts": "n1"}, confirm="n1")

    assert done.returncode == 1
    assert "a list of hosts is wanted" in done.stderr
