"""``hosts add``, ``update``, ``repin`` and ``import`` against the API: nothing is lost unseen."""

import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from serving import serving

from cli.errors import Failure
from cli.host_key import fingerprint, given_key
from lab.lab import Lab

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPEjTbf7n9FQgUtrUczaBCn17Fv9FSAfRcVsSkW8Pn1c"
FULL = ("--address", "10.0.0.1", "--user", "ops", "--zone", "a", "--label", "disk=ssd")


@pytest.fixture
def run(redis, settings) -> Iterator:
    with serving(redis, settings) as api:
        yield partial(api.run, "hosts")


@pytest.fixture
def added(run):
    result = run("add", "n1", *FULL, "--host-key", KEY)
    assert result.exit_code == 0, result.output
    return shown(run)


def shown(run, name="n1"):
    return json.loads(run("show", name, "--json").stdout)


def test_a_known_host_is_not_added_again_and_old_and_new_are_shown(run, added):
    result = run("add", "n1", "--address", "10.0.0.1", "--host-key", OTHER)

    assert result.exit_code == 1
    assert f"{fingerprint(KEY)} -> ssh-ed25519 {fingerprint(OTHER)}" in result.stderr
    assert "user:         ops -> root" in result.stderr
    assert "--replace" in result.stderr
    assert "hosts repin n1 --scan" in result.stderr
    assert shown(run) == added


def test_the_same_host_added_again_is_no_change(run, added):
    result = run("add", "n1", *FULL, "--host-key", KEY)

    assert result.exit_code == 0, result.output
    assert shown(run) == added


def test_with_replace_a_host_is_what_the_options_say_and_what_changed_is_shown(run, added):
    result = run("add", "n1", "--address", "10.0.0.1", "--host-key", OTHER, "--replace")

    assert result.exit_code == 0, result.output
    assert f"{fingerprint(KEY)} -> ssh-ed25519 {fingerprint(OTHER)}" in result.stdout
    assert "zone:         a -> -" in result.stdout
    assert shown(run) == added | {"host_key": OTHER, "user": "root", "zone": "", "labels": {}}


def test_an_update_changes_what_is_named_and_nothing_else(run, added):
    result = run("update", "n1", "--zone", "rack-1", "--label", "gpu=no")

    assert result.exit_code == 0, result.output
    assert "zone:         a -> rack-1" in result.stdout
    assert shown(run) == added | {"zone": "rack-1", "labels": {"disk": "ssd", "gpu": "no"}}


def test_nodes_go_on_to_reach_an_updated_host_where_ssh_does(run, added):
    run("update", "n1", "--address", "10.0.0.7", "--zone", "")

    both = {"address": "10.0.0.7", "node_address": "10.0.0.7"}
    assert shown(run) == added | both | {"zone": ""}


def test_an_update_of_a_host_that_is_not_there_and_of_nothing_is_refused(run, added):
    assert run("update", "n7", "--zone", "a").exit_code == 1
    assert run("update", "n1").exit_code == 2


def test_another_key_is_pinned_once_somebody_has_seen_both_fingerprints(run, added):
    no = run("repin", "n1", "--host-key", OTHER, stdin="n\n")
    kept = shown(run)
    yes = run("repin", "n1", "--host-key", OTHER, stdin="y\n")

    assert no.exit_code == 1
    assert f"{fingerprint(KEY)} -> ssh-ed25519 {fingerprint(OTHER)}" in no.stderr
    assert kept == added
    assert yes.exit_code == 0, yes.output
    assert shown(run) == added | {"host_key": OTHER}


def test_an_import_that_would_change_hosts_adds_none_and_shows_what(run, added, tmp_path):
    file = tmp_path / "hosts.json"
    new = {"name": "n2", "address": "10.0.0.2", "host_key": KEY}
    file.write_text(json.dumps([new, {"name": "n1", "address": "10.0.0.1", "host_key": OTHER}]))

    refused = run("import", str(file))
    names = run("list").stdout
    replaced = run("import", str(file), "--replace")

    assert refused.exit_code == 1
    assert f"{fingerprint(KEY)} -> ssh-ed25519 {fingerprint(OTHER)}" in refused.stderr
    assert "n2" not in names
    assert replaced.exit_code == 0, replaced.output
    assert shown(run) == added | {"host_key": OTHER}
    assert shown(run, "n2")["address"] == "10.0.0.2"


@pytest.mark.parametrize(
    "pasted",
    [
        KEY,
        f"10.0.0.1 {KEY}",
        f"[10.0.0.1]:2222 {KEY}\n",
        f"{KEY} root@n1",
        f"# 10.0.0.1:22 SSH-2.0-OpenSSH_9.6\n10.0.0.1 {KEY}\n",
        f"|1|c2FsdA==|aGFzaA== {KEY}",
    ],
)
def test_a_key_is_taken_as_the_tools_of_ssh_print_it(pasted):
    assert given_key(pasted) == KEY


@pytest.mark.parametrize("pasted", ["", "ssh-ed25519", f"{KEY}\n{OTHER}", "no key at all"])
def test_what_is_not_one_key_is_refused_with_what_is_wanted(pasted):
    with pytest.raises(Failure, match=r"cannot use the host key: .* one is wanted"):
        given_key(pasted)


def test_the_hosts_of_a_running_lab_are_added_with_the_key_that_lets_in(run, tmp_path, monkeypatch):
    monkeypatch.setenv("CLUSTERWRIGHT_DATA", str(tmp_path / "data"))
    name = f"import-{os.getpid()}"
    with Lab.up(1, name=name) as lab:
        result = run("import", "--lab", name)
        (host,) = lab.hosts
        secret = Path(lab.key_file).read_bytes()

    stored, key = shown(run), tmp_path / "data" / "keys" / f"lab-{name}"
    assert result.exit_code == 0, result.output
    assert (stored["address"], stored["port"]) == (host.address, host.port)
    assert (stored["host_key"], stored["ssh_key"]) == (host.host_key, key.name)
    assert (key.read_bytes(), key.stat().st_mode & 0o777) == (secret, 0o600)


def test_a_lab_that_does_not_run_and_two_sources_at_once_are_refused(run):
    assert "no-such-lab" in run("import", "--lab", "no-such-lab").stderr
    assert run("import").exit_code == 2
    assert run("import", "--lab", "default", "hosts.json").exit_code == 2
