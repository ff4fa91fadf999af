"""``export``, ``diff`` and ``apply``: a cluster as a file, against the API."""

import json
import time

import pytest
from api_requests import HOST_KEY, Steps
from serving import serving

from cluster.spec import Host
from workflows.inventory import Inventory
from workflows.ledger.ledger import Ledger

TEXT = """\
apiVersion: clusterwright/v1
name: prod
environment: dev
channel: 1.32/stable
hosts:
  n1: {role: control-plane}
"""
GROWN = TEXT + "  n2: {role: worker, labels: {disk: ssd}}\n"


@pytest.fixture
def inventory(redis):
    inventory = Inventory(redis)
    for number in (1, 2, 3):
        inventory.put_host(Host(f"n{number}", f"10.0.0.{number}", HOST_KEY))
    return inventory


@pytest.fixture
def run(redis, settings, inventory):
    with serving(redis, settings) as api:
        yield api.run


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "prod.yaml"
        path.write_text(text)
        return str(path)

    return write


@pytest.fixture
def ledger(redis, inventory):
    return Ledger(redis)


@pytest.fixture
def applied(run, ledger, file):
    """Apply a text and have its job carried out; return what the command said."""

    def apply(text, *words):
        result = run("apply", "-f", file(text), *words, "--json")
        job = json.loads(result.stdout).get("id")
        if job:
            Steps(ledger, job).finish()
        return result

    return apply


def test_a_cluster_is_created_by_a_file_and_the_same_file_is_nothing_to_do(
    run, file, applied, ledger
):
    first = applied(TEXT)
    jobs = len(json.loads(run("jobs", "list", "--json").stdout)["jobs"])

    again = run("apply", "-f", file(TEXT))

    assert first.exit_code == 0, first.output
    assert again.exit_code == 0, again.output
    assert again.stdout.startswith("nothing to do: cluster prod is recorded as ")
    assert len(json.loads(run("jobs", "list", "--json").stdout)["jobs"]) == jobs


def test_what_is_exported_differs_in_nothing(run, file, applied):
    applied(GROWN)

    text = run("export", "prod").stdout
    result = run("diff", "-f", file(text))

    assert (result.exit_code, result.output.startswith("nothing differs: cluster prod")) == (
        0,
        True,
    )
    assert json.loads(run("export", "prod", "--json").stdout) == {"cluster": "prod", "text": text}


def test_an_export_is_written_where_it_is_to_be(run, applied, tmp_path):
    applied(TEXT)

    written = run("export", "prod", "-o", str(tmp_path / "out.yaml"))
    nowhere = run("export", "prod", "-o", str(tmp_path / "none" / "out.yaml"))

    assert (written.exit_code, written.stdout) == (0, "")
    assert (tmp_path / "out.yaml").read_text() == run("export", "prod").stdout
    assert (nowhere.exit_code, "cannot write" in nowhere.stderr) == (1, True)


def test_an_addon_that_nobody_asked_for_is_told_by_diff_and_apply_and_goes_with_prune(
    run, file, applied, redis
):
    applied(TEXT)
    look = {"has_leader": True, "members": [], "nodes": None, "addons": ["core/rbac"]}
    row = {"observation": json.dumps(look), "observed_at": int(time.time() * 1000) + 1}
    redis.hset("cw:cluster:prod", mapping=row)

    different, same = run("diff", "-f", file(TEXT)), run("apply", "-f", file(TEXT))
    pruned = run("apply", "-f", file(TEXT), "--prune", "--dry-run")

    told = " ".join(different.output.split())
    assert "addon rbac rbac - set-addons, with --prune: it was seen so" in told
    assert same.stdout.startswith("nothing to do")
    assert "! addon rbac was seen enabled on cluster prod" in same.output
    assert "Disable rbac" in pruned.output


def test_each_difference_is_a_row_and_the_exit_code_says_that_there_are_any(run, file, applied):
    applied(TEXT)
    name = file(GROWN.replace("1.32/", "1.33/"))

    result, told = run("diff", "-f", name), run("diff", "-f", name, "--json")

    lines = [line.split() for line in result.stdout.splitlines()]
    assert (result.exit_code, told.exit_code) == (3, 3)
    assert lines == [
        ["what", "now", "wanted", "by"],
        ["node", "n2", "-", "worker", "add-nodes"],
        ["channel", "1.32/stable", "1.33/stable", "upgrade"],
    ]
    assert [row["what"] for row in json.loads(told.stdout)["differences"]] == ["node n2", "channel"]


def test_what_the_file_does_not_name_stays_until_it_is_pruned(run, file, applied, inventory):
    applied(GROWN)
    name = file(TEXT)

    shown, kept = run("diff", "-f", name), run("apply", "-f", name)
    pruned = applied(TEXT, "--prune", "--accept", "no-node-to-drain-to")

    assert "remove-node, with --prune" in shown.stdout
    assert (kept.exit_code, "nothing to do" in kept.stdout) == (0, True)
    assert "n2 is a worker node of cluster prod, and the file does not name it" in kept.stdout
    assert pruned.exit_code == 0, pruned.output
    assert list(inventory.cluster("prod").nodes) == ["n1"]


def test_a_dry_run_shows_the_plan_and_makes_no_job(run, file, inventory):
    result = run("apply", "-f", file(GROWN), "--dry-run")

    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("apply prod: ")
    assert "digest sha256:" in result.stdout
    assert json.loads(run("jobs", "list", "--json").stdout)["jobs"] == []
    assert json.loads(run("apply", "-f", file(GROWN), "--dry-run", "--json").stdout)["allowed"]


def test_a_refused_plan_is_told_with_its_findings_and_makes_no_job(run, file, applied):
    applied(TEXT)
    name = file(TEXT.replace("dev", "staging"))

    dry, real = run("apply", "-f", name, "--dry-run"), run("apply", "-f", name)

    assert (dry.exit_code, real.exit_code) == (1, 1)
    assert "environment-differs" in dry.stdout
    assert "was created as dev" in real.stderr


def test_each_fault_is_shown_at_its_line(run, file):
    for command in ("diff", "apply"):
        result = run(command, "-f", file(GROWN.replace("worker", "wroker")))

        assert (result.exit_code, result.stdout) == (1, "")
        assert "prod.yaml:7:8: cannot use this value: must be one of" in result.stderr


def test_a_file_that_names_no_cluster_is_told_so(run, file):
    result = run("diff", "-f", file("hosts: {}\n"))

    assert (result.exit_code, "write a line 'name: CLUSTER'" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"name": "prod", "hosts": 1}),
        "{hosts: 1, name: prod}",
        '"name": prod\nhosts: 1\n',
        "  name: prod\n  hosts: 1\n",
        "name : prod\nhosts: 1\n",
        "name: >-\n  prod\nhosts: 1\n",
    ],
)
def test_the_name_of_the_cluster_is_found_however_the_file_is_written(run, file, text):
    result = run("diff", "-f", file(text))

    assert "cannot use hosts: names with values are wanted" in result.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name: Prod\n", "cannot use 'Prod': a name has 1 to 63 characters"),
        ("{name: prod", "as YAML: line 1"),
        ("{name: [prod]}", "cannot tell which cluster"),
        ("- name: prod\n", "names with values are wanted"),
        ("", "cannot tell which cluster"),
    ],
)
def test_a_file_whose_name_is_of_no_use_is_told_what_is_wrong_with_it(run, file, text, says):
    result = run("diff", "-f", file(text))

    assert (result.exit_code, says in result.stderr) == (1, True), result.stderr


def test_a_plan_that_is_another_by_now_is_not_carried_out(run, file):
    result = run("apply", "-f", file(TEXT), "--plan-digest", "sha256:" + "0" * 64)

    assert result.exit_code == 1
    assert "cannot carry out" in result.stderr


def test_nothing_to_do_is_not_taken_for_the_plan_that_was_agreed_to(run, file, applied):
    applied(GROWN)
    shrunk = file(TEXT)
    pruned = json.loads(run("apply", "-f", shrunk, "--prune", "--dry-run", "--json").stdout)
    kept = json.loads(run("apply", "-f", shrunk, "--dry-run", "--json").stdout)

    forgotten = run("apply", "-f", shrunk, "--plan-digest", pruned["digest"])
    same = run("apply", "-f", shrunk, "--plan-digest", kept["digest"])

    assert (forgotten.exit_code, same.exit_code) == (0, 0)
    assert f"the plan of {pruned['digest']} is another one" in forgotten.stderr
    assert same.stderr == ""


@pytest.mark.parametrize("command", ["diff", "apply"])
def test_a_file_that_is_not_there_is_told(run, command):
    result = run(command, "-f", "nowhere.yaml")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "cannot read nowhere.yaml: No such file or directory" in result.stderr


def test_differences_and_plan_are_written_as_markdown_for_a_comment(run, file, applied):
    applied(TEXT)
    name = file(GROWN)

    differing = run("diff", "-f", name, "--markdown")
    plan = run("apply", "-f", name, "--dry-run", "--markdown")
    alone = run("apply", "-f", name, "--markdown")

    assert (differing.exit_code, plan.exit_code, alone.exit_code) == (3, 0, 2)
    assert "| `node n2` | `-` | `worker` | `add-nodes` |" in differing.stdout
    assert "Digest: `sha256:" in plan.stdout
    assert "say --dry-run with it" in alone.stderr
