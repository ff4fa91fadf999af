"""``hosts import`` against the API: all of a file or nothing, and every fault by its place."""

import json
import os
from functools import partial

import pytest
from serving import serving

from cli.host_key import fingerprint
from lab.lab import Lab

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPEjTbf7n9FQgUtrUczaBCn17Fv9FSAfRcVsSkW8Pn1c"


@pytest.fixture
def run(redis, settings):
    with serving(redis, settings) as api:
        yield partial(api.run, "hosts")


@pytest.fixture
def write(tmp_path):
    def write(name: str, text: str) -> str:
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


def names(run):
    return [row["name"] for row in json.loads(run("list", "--json").stdout)["hosts"]]


def test_a_file_is_stored_as_a_whole_and_what_became_of_it_is_told(run, write):
    file = write("h.csv", f"name,address,host_key,jump\na,10.0.0.1,{KEY},b\nb,10.0.0.2,{KEY},\n")

    first, again = run("import", file), run("import", file)

    assert (first.exit_code, first.stdout) == (0, "2 hosts: a, b\n"), first.output
    assert again.stdout == "2 hosts unchanged: a, b\n"
    assert names(run) == ["a", "b"]


def test_what_the_api_refuses_is_told_with_file_line_host_and_field(run, write):
    file = write(
        "h.csv",
        f"name;address;host_key;user;labels\na;10.0.0.1;{KEY};;\n"
        f"B;10.0.0.999;{KEY};root;\n\nc;10.0.0.3;{KEY};;-x=1\n",
    )

    result = run("import", file)

    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert lines[0] == "cannot import: 3 faults were found, and nothing was stored:"
    assert lines[1].startswith(f"{file}:3: B: address: cannot use '10.0.0.999'")
    assert lines[2].startswith(f"{file}:3: B: name: cannot use 'B'")
    assert lines[3].startswith(f"{file}:5: c: labels/-x: cannot use '-x'")
    assert names(run) == []


def test_what_the_file_itself_has_wrong_is_told_at_once_and_nothing_is_sent(run, write):
    file = write("h.yaml", "a: {user: no}\nb: {port: 22:22}\n")

    result, as_json = run("import", file), run("import", file, "--json")

    assert result.exit_code == 1
    assert f"cannot import {file}: 2 faults were found, and nothing was sent" in result.stderr
    assert f"{file}:1: a: user: cannot use no" in result.stderr
    assert f"{file}:2: b: port: cannot use 22:22" in result.stderr
    assert len(json.loads(as_json.stdout)["errors"]) == 2


def test_a_jump_host_that_is_not_there_is_told_at_its_line(run, write):
    file = write("config", "Host a\n HostName 10.0.0.1\n User o\n ProxyJump nobody\n")
    known = write("known", f"10.0.0.1 {KEY}\n")

    result = run("import", file, "--known-hosts", known)

    assert f"{file}:4: a: jump: cannot use nobody as jump host" in result.stderr


def test_hosts_that_differ_refuse_the_file_and_old_and_new_are_shown(run, write):
    run("import", write("h.yaml", f"a: {{address: 10.0.0.1, user: ops, host_key: {KEY}}}"))
    file = write("i.yaml", f"b: {{address: 10.0.0.2, host_key: {KEY}}}\na: {{host_key: {OTHER}}}")

    refused, tried = run("import", file), run("import", file, "--dry-run")
    as_json = json.loads(run("import", file, "--json").stdout)
    before = names(run)
    replaced = run("import", file, "--replace")

    change = f"  host_key:     ssh-ed25519 {fingerprint(KEY)} -> ssh-ed25519 {fingerprint(OTHER)}"
    assert refused.exit_code == 1
    assert f"a:\n{change}\n" in refused.stderr
    assert "say --replace" in refused.stderr
    assert (as_json["type"], as_json["errors"][0]["place"]) == (
        "/problems/hosts-differ",
        f"{file}:2: a: ",
    )
    assert tried.exit_code == 0, tried.output
    assert tried.stdout == (
        f"would add 1 host: b\na would change:\n{change}\n"
        "nothing was done; --replace is needed for what changes\n"
    )
    assert before == ["a"]
    assert replaced.stdout == f"1 host: b\na:\n{change}\n"
    assert json.loads(run("show", "a", "--json").stdout)["user"] == "ops"


def test_the_outcome_is_a_document_too(run, write):
    file = write("h.yaml", f"a: {{address: 10.0.0.1, host_key: {KEY}}}")

    dry = json.loads(run("import", file, "--json", "--dry-run").stdout)
    done = json.loads(run("import", file, "--json").stdout)

    assert (dry["dry_run"], dry["created"]) == (True, ["a"])
    assert done == {"dry_run": False, "created": ["a"], "changed": [], "unchanged": []}


def test_a_file_may_come_from_standard_input(run):
    text = f"[x]\na ansible_host=10.0.0.1 clusterwright_host_key='{KEY}'\nb\n"

    chosen = run("import", "-", "--format", "ansible", "--only", "a", stdin=text)

    assert chosen.stdout == "1 host: a\n", chosen.output


def test_hosts_without_keys_are_named_with_both_ways_to_get_them(run, write):
    file = write("h.ini", "[n]\na ansible_host=10.0.0.1\nb ansible_host=10.0.0.2\n")
    known = write("known", f"10.0.0.1 {KEY}\n")

    none, one = run("import", file), run("import", file, "--known-hosts", known)

    assert none.exit_code == one.exit_code == 1
    assert "cannot import a, b without host keys: " in none.stderr
    assert "--known-hosts ~/.ssh/known_hosts" in none.stderr
    assert "--scan" in none.stderr
    assert "cannot import b without host keys" in one.stderr
    assert names(run) == []


def test_known_hosts_have_a_key_already(run, write):
    run("import", write("h.yaml", f"a: {{address: 10.0.0.1, host_key: {KEY}}}"))

    again = run("import", write("h.ini", "a ansible_host=10.0.0.1\n"))

    assert again.stdout == "1 host unchanged: a\n"


def test_keys_come_out_of_what_openssh_knows(run, write):
    file = write("h.ini", "a ansible_host=10.0.0.1 ansible_port=2222\nb.example.com:22\n")
    more = write("i.ini", "b.example.com ansible_host=10.0.0.2\n")
    known = write("known", f"[10.0.0.1]:2222 {KEY}\nb.example.com {OTHER}\n")

    first = run("import", file, "--known-hosts", known, "--only", "a")
    second = run("import", more, "--known-hosts", known)

    assert (first.exit_code, second.exit_code) == (0, 0), first.output + second.output
    assert json.loads(run("show", "a", "--json").stdout)["host_key"] == KEY
    assert json.loads(run("show", "b", "--json").stdout)["host_key"] == OTHER
    assert "b: called without its domain here" in second.stderr


def test_a_revoked_key_refuses_the_file(run, write):
    file = write("h.ini", "a ansible_host=10.0.0.1")
    known = write("known", f"10.0.0.1 {KEY}\n@revoked * {KEY}\n")

    result = run("import", file, "--known-hosts", known)

    assert result.exit_code == 1
    assert f"{file}:1: a: host_key: {known}:1 has the key of 10.0.0.1, marked" in result.stderr
    assert names(run) == []


def test_hosts_are_asked_for_their_keys_and_stored_once_somebody_trusts_these(run, write):
    with Lab.up(1, name=f"scan-{os.getpid()}") as lab:
        rows = [
            f"{host.name} ansible_host={host.address} ansible_port={host.port}"
            for host in lab.hosts
        ]
        file = write("h.ini", "\n".join(rows))
        no = run("import", file, "--scan", stdin="n\n")
        before = names(run)
        yes = run("import", file, "--scan", stdin="y\n")
        again = run("import", file, "--scan", "--yes", "--dry-run")
        pins = {host.name: host.host_key for host in lab.hosts}

    assert (no.exit_code, before) == (1, [])
    for key in pins.values():
        assert fingerprint(key) in no.stderr
    assert yes.exit_code == 0, yes.output
    stored = json.loads(run("list", "--json").stdout)["hosts"]
    assert {row["name"]: row["host_key"] for row in stored} == pins
    assert "1 host unchanged" in again.stdout


def test_hosts_that_cannot_be_asked_are_all_named(run, write):
    text = "a:\n  address: 127.0.0.1\n  port: 1\nb: {address: 10.0.0.2, jump: a}\n"
    file = write("h.yaml", text)

    result = run("import", file, "--scan", "--yes")

    assert result.exit_code == 1
    assert f"{file}:1: a: cannot scan 127.0.0.1:1" in result.stderr
    assert f"{file}:4: b: cannot scan it: it is behind a" in result.stderr


def test_folders_of_variables_that_are_not_read_are_told(run, write, tmp_path):
    (tmp_path / "group_vars").mkdir()

    result = run("import", write("h.ini", "a ansible_host=10.0.0.1"))

    assert f"note: {tmp_path / 'group_vars'} is not read" in result.stderr


USERS = {"a": "CORP\\ada", "b": "ada@corp.example", "c": "svc-ops$", "d": "Ada.Lovelace"}
LINES = {
    "h.yaml": "{0}: {{address: 10.0.0.1, user: '{1}', host_key: {key}}}",
    "h.csv": "{0},10.0.0.1,{1},{key}",
    "h.ini": "{0} ansible_host=10.0.0.1 ansible_user='{1}' clusterwright_host_key='{key}'",
    "config": "Host {0}\n HostName 10.0.0.1\n User {1}",
}


@pytest.mark.parametrize("name", LINES)
def test_users_have_names_as_directories_have_them_in_every_form(run, write, name):
    lines = [LINES[name].format(host, user, key=KEY) for host, user in USERS.items()]
    text = "\n".join(["name,address,user,host_key"] * (name == "h.csv") + lines)

    result = run("import", write(name, text), "--known-hosts", write("known", f"10.0.0.1 {KEY}"))

    assert result.exit_code == 0, result.output
    rows = json.loads(run("list", "--json").stdout)["hosts"]
    assert {row["name"]: row["user"] for row in rows} == USERS


def test_without_a_name_the_lab_is_the_one_that_all_commands_of_the_lab_mean(run, monkeypatch):
    monkeypatch.setenv("CLUSTERWRIGHT_LAB", "nowhere")

    assert "lab up 3 --lab nowhere" in run("import", "--lab").stderr
    assert "lab up 3 --lab elsewhere" in run("import", "--lab", "elsewhere").stderr


def test_two_sources_at_once_and_none_are_wrong_usage(run, write):
    assert run("import").exit_code == 2
    assert run("import", "--lab", "default", write("h.json", "[]")).exit_code == 2
    assert "cannot read nowhere.json: No such file" in run("import", "nowhere.json").stderr
    assert "say --yes" in run("import", "-", "--scan", stdin="[]").stderr
