import json
import tempfile
import time

import pytest
from answering_api import answering
from click.testing import CliRunner

from cli.demo_wish import DemoWish
from cli.errors import CannotStart, Failure
from cli.host_key import fingerprint, shown_keys
from cli.main import cli
from lab.program import program

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


def run(*words: str, **environment: str):
    return CliRunner().invoke(cli, words, env={"CLUSTERWRIGHT_TOKEN": "t", **environment})


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("change", "create-cluster"),
        ("change", "create-cluster", "x", "--on-failure", "panic"),
        ("demo", "--topology", "round"),
        ("demo", "--workers", "-1"),
        ("demo", "--workers", "31"),
        ("demo", "--story", "tragedy"),
        ("demo", "--story", "ops", "--json"),
        ("demo", "--story", "ops", "--keep"),
        ("demo", "--story", "ops", "--workers", "2"),
        ("demo", "--story", "ops", "--hosts-lab", "default"),
        ("jobs", "list", "--limit", "0"),
        ("hosts", "add", "n1"),
        ("hosts", "add", "n1", "--address", "10.0.0.1"),
        ("hosts", "add", "n1", "--address", "10.0.0.1", "--scan", "--host-key", KEY),
        ("hosts", "add", "n1", "--address", "10.0.0.1", "--port", "0", "--host-key", KEY),
        ("hosts", "add", "n1", "--address", "10.0.0.1", "--host-key", KEY, "--label", "zone"),
        ("watch",),
        ("up", "--concurrency", "0"),
        ("clusters", "show", "prod", "--json", "--svg"),
        ("completion", "tcsh"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_2_before_anything_is_asked(words):
    result = run(*words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert "Usage: " in result.stderr


@pytest.mark.parametrize("verb", ["retry", "rollback"])
def test_hosts_that_are_lost_are_named_one_by_one_or_behind_commas(verb):
    words = ["3f2a91c0", "--without", "n4,n5", "--without", "n6"]

    params = cli.commands["jobs"].commands[verb].make_context(verb, words).params

    assert params["without"] == ["n4", "n5", "n6"]


def test_an_api_that_does_not_run_is_exit_code_1_with_what_to_do():
    result = run("--url", "http://127.0.0.1:1", "hosts", "list")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("cannot reach the API at http://127.0.0.1:1: ")
    assert "clusterwright up" in result.stderr


@pytest.mark.parametrize(
    ("options", "form"), [((), "txt"), (("--mermaid",), "mmd"), (("--svg",), "svg")]
)
def test_a_cluster_is_shown_as_the_api_draws_it(options, form):
    drawing = f"a drawing\nas {form}\n"
    with answering(**{f"/v1/clusters/prod/topology.{form}": (200, drawing)}) as api:
        result = run("--url", api.url, "clusters", "show", "prod", *options)

    assert (result.exit_code, result.stdout) == (0, drawing)


def test_a_cluster_that_is_not_there_is_told_with_what_to_do():
    problem = {"title": "No such cluster", "detail": "cannot find it", "advice": "create it"}
    with answering(**{"/v1/clusters/x/topology.txt": (404, problem)}) as api:
        result = run("--url", api.url, "clusters", "show", "x")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "cannot find it\n  -> create it\n"


def test_with_json_an_error_is_its_problem_document():
    problem = {"title": "No such cluster", "detail": "cannot find it", "advice": "create it"}
    with answering(**{"/v1/clusters/x": (404, problem)}) as api:
        result = run("--url", api.url, "clusters", "show", "x", "--json")

    assert (result.exit_code, result.stderr) == (1, "")
    assert json.loads(result.stdout) == problem


def test_with_json_an_api_that_does_not_run_is_a_problem_document_too():
    result = run("--url", "http://127.0.0.1:1", "jobs", "list", "--json")

    assert (result.exit_code, result.stderr) == (1, "")
    problem = json.loads(result.stdout)
    assert problem["title"] == "The API does not answer"
    assert problem["detail"].startswith("cannot reach the API at http://127.0.0.1:1: ")


def test_advice_is_a_command_on_the_same_api_and_no_request():
    actions = [
        {"action": "add-host", "arguments": {"host": "n9"}, "request": "PUT /v1/hosts/n9"},
        {"action": "unheard-of", "arguments": {}},
    ]
    problem = {
        "title": "t",
        "detail": "cannot find host n9",
        "advice": "Add it.",
        "actions": actions,
    }
    with answering(**{"/v1/hosts/n9": (404, problem)}) as api:
        result = run("--url", api.url, "hosts", "show", "n9")

    assert result.stderr.splitlines() == [
        "cannot find host n9",
        "  -> Add it.",
        f"     clusterwright --url {api.url} hosts add n9 --address ADDRESS --scan"
        "  # ADDRESS is where SSH reaches it",
    ]


def test_a_table_in_a_pipe_is_whole_and_has_no_other_lines():
    row = {"name": "n1" + "x" * 60, "user": "ops", "address": "10.0.0.1", "port": 22}
    row |= {"node_address": "10.0.0.1", "site": "s" * 60, "zone": "", "cluster": ""}
    with answering(**{"/v1/hosts": (200, {"hosts": [row]})}) as api:
        result = run("--url", api.url, "hosts", "list")

    head, line = result.stdout.splitlines()
    assert head.split() == ["host", "ssh", "node", "address", "site", "zone", "cluster"]
    assert line.split() == [row["name"], "ops@10.0.0.1:22", "10.0.0.1", row["site"], "-", "-"]


def test_a_missing_token_says_where_it_was_looked_for(tmp_path):
    result = run("hosts", "list", CLUSTERWRIGHT_TOKEN="", CLUSTERWRIGHT_DATA=str(tmp_path))

    assert result.exit_code == 1
    assert f"cannot read the API token in {tmp_path}/token" in result.stderr


def test_a_url_without_scheme_is_told_in_one_line():
    result = run("--url", "nowhere", "hosts", "list")

    assert result.exit_code == 1
    assert result.stderr.startswith("cannot ")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("text", ["{", '{"hosts": 1}', '[{"address": "10.0.0.1"}]', "[1]"])
def test_a_host_file_without_named_hosts_is_refused(tmp_path, text):
    file = tmp_path / "hosts.json"
    file.write_text(text)

    result = run("hosts", "import", str(file))

    assert result.exit_code == 1
    assert result.stderr.startswith(
        f"cannot import {file}: 1 fault was found, and nothing was sent"
    )


def test_the_best_key_of_a_scan_is_taken_and_told_as_ssh_does():
    scanned = f"# 10.0.0.1:22 SSH-2.0\n10.0.0.1 ssh-rsa AAAA\n[10.0.0.1]:2222 {KEY}\n"

    assert shown_keys(scanned) == [KEY, "ssh-rsa AAAA"]
    assert fingerprint(KEY) == "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"


def test_a_host_key_that_is_none_is_refused():
    with pytest.raises(Failure, match="cannot use the host key"):
        fingerprint("ssh-ed25519")


@pytest.mark.parametrize(
    ("topology", "workers", "hosts"),
    [
        ("single", None, ["cp-1"]),
        ("ha", None, ["cp-1", "cp-2", "cp-3"]),
        ("separated", None, ["cp-1", "cp-2", "cp-3", "w-1", "w-2", "w-3"]),
        ("ha", 1, ["cp-1", "cp-2", "cp-3", "w-1"]),
    ],
)
def test_a_demo_names_its_hosts_by_role(topology, workers, hosts):
    wish = DemoWish.of(topology, workers)

    assert wish.host_names == hosts
    params = wish.change(hosts)["params"]
    assert params["control_plane"] + params["workers"] == hosts


def test_a_separated_demo_needs_workers():
    with pytest.raises(CannotStart, match="without workers"):
        DemoWish.of("separated", 0)


def test_a_lab_that_is_too_small_for_the_demo_is_refused():
    with pytest.raises(CannotStart, match="needs 3 hosts and the lab has 2"):
        DemoWish.of("ha", None).change(["a", "b"])


def test_the_status_of_a_lab_that_does_not_run_says_how_to_start_one(tmp_path):
    result = run("lab", "status", XDG_RUNTIME_DIR=str(tmp_path))

    assert result.exit_code == 1
    assert "it is not running; start one: clusterwright lab up 3" in result.stderr


def test_a_folder_that_is_no_kept_demo_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name, note in (("cw-demo-1", "{}"), ("cw-demo-2", '{"data_dir": "/etc"}'), ("x", "{}")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kept.json").write_text(note)
    moved = {"data_dir": str(tmp_path / "elsewhere"), "url": "u", "lab": ""}
    (tmp_path / "cw-demo-1" / "kept.json").write_text(json.dumps(moved))

    result = run("demo", "end")

    assert (result.exit_code, result.stdout) == (0, "no demo was kept\n")
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    ("called", "on_path", "printed"),
    [
        (".venv/bin/clusterwright", False, ".venv/bin/clusterwright"),
        (".venv/bin/clusterwright", True, "clusterwright"),
        ("cli/__main__.py", False, "clusterwright"),
    ],
)
def test_a_printed_command_is_called_as_this_one_was(
    called, on_path, printed, tmp_path, monkeypatch
):
    place = tmp_path / ".venv" / "bin"
    place.mkdir(parents=True)
    (place / "clusterwright").touch(mode=0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [called])
    monkeypatch.setenv("PATH", str(place) if on_path else "/bin")

    assert program() == printed


@pytest.mark.parametrize(
    ("ago", "age"),
    [(None, "-"), (5, "5 s ago"), (300, "5 min ago"), (5400, "90 min ago"), (4 * 86400, "4 d ago")],
)
def test_a_list_of_clusters_tells_how_old_each_sight_is(ago, age):
    row = {"name": "prod", "topology": "ha", "environment": "prod", "channel": "1.32/stable"}
    row |= {"control_plane": ["a"], "workers": [], "quorum": None}
    row |= {"health": "unknown", "formed": True, "phase": "formed"}
    row["observed_at"] = None if ago is None else time.time() - ago
    with answering(**{"/v1/clusters": (200, {"clusters": [row]})}) as api:
        result = run("--url", api.url, "clusters", "list")

    assert result.stdout.splitlines()[1].endswith(f"  {age}"), result.output


def test_a_list_of_clusters_tells_that_one_is_being_destroyed():
    row = {"name": "prod", "topology": "ha", "environment": "prod", "channel": "1.32/stable"}
    row |= {"control_plane": ["a"], "workers": [], "quorum": None, "observed_at": None}
    row |= {"health": "good", "formed": False, "phase": "destroying"}
    with answering(**{"/v1/clusters": (200, {"clusters": [row]})}) as api:
        result = run("--url", api.url, "clusters", "list")

    assert "  destroying  " in result.stdout.splitlines()[1], result.output
