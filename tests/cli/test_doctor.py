"""The doctor on sound and on sick stacks; what it prescribes is tried where that can be done."""

import json
import os
import resource
import shutil
import subprocess

import pytest
from answering_api import HOSTS, READY, answering
from click.testing import CliRunner

from cli.main import cli


@pytest.fixture
def data(tmp_path):
    """A sound data directory."""
    folder = tmp_path / "data"
    (folder / "keys").mkdir(parents=True)
    for path in (folder, folder / "keys"):
        path.chmod(0o700)
    (folder / "token").write_text("t\n")
    (folder / "token").chmod(0o600)
    keygen(folder / "keys" / "default")
    (folder / "keys" / "default.pub").chmod(0o644)
    return folder


def keygen(path, kind="ed25519", passphrase=""):
    words = ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-f", path]
    subprocess.run([*words, *(["-b", "2048"] if kind == "rsa" else [])], check=True)


def examined(data, url="http://127.0.0.1:1", **environment):
    """Return the exit code and the checks by name, without those of the lab."""
    defaults = {"CLUSTERWRIGHT_DATA": str(data), "CLUSTERWRIGHT_TOKEN": None, "REDIS_URL": None}
    words = ["--url", url, "doctor", "--json"]
    result = CliRunner().invoke(cli, words, env=defaults | environment)
    checks = json.loads(result.stdout)["checks"]
    return result.exit_code, {c["name"]: c for c in checks if c["section"] != "lab"}


def sick(checks):
    return {name: check["verdict"] for name, check in checks.items() if check["verdict"] != "pass"}


def test_a_sound_stack_passes_everything(data):
    with answering() as api:
        code, checks = examined(data, api.url)

    assert (code, sick(checks)) == (0, {})
    assert set(checks) >= {"API", "token", "redis", "celery workers", "token file", "key default"}
    assert all(not check["mend"] for check in checks.values())


def test_a_stack_that_is_down_says_how_to_start_it(data):
    code, checks = examined(data)

    assert (code, sick(checks)) == (1, {"API": "fail"})
    assert "nobody answers at http://127.0.0.1:1" in checks["API"]["seen"]
    assert "clusterwright up" in checks["API"]["mend"]


def test_another_server_is_not_taken_for_the_api(data):
    with answering(**{"/openapi.json": (200, "<html>")}) as other:
        code, checks = examined(data, other.url)

    assert code == 1
    assert "is not Clusterwright" in checks["API"]["seen"]


def test_what_the_api_finds_wrong_is_handed_on(data):
    workers = {"status": "fail", "detail": "no Celery worker was seen within 30 s"}
    file = {"status": "warn", "detail": "Redis keeps no append-only file"}
    aside = {"status": "warn", "detail": "1 job has no record, or one that makes no sense"}
    checks = READY["checks"] | {"celery_workers": workers, "append_only_file": file}
    told = {"status": "warn", "detail": "1 subscription waits: no Celery worker takes deliveries"}
    checks |= {"jobs_set_aside": aside, "deliveries": told}
    with answering(readyz=(503, {"title": "Not ready", "checks": checks})) as api:
        code, found = examined(data, api.url)

    assert (code, sick(found)) == (
        1,
        {
            "celery workers": "fail",
            "append only file": "warn",
            "deliveries": "warn",
            "jobs set aside": "warn",
        },
    )
    assert "-Q cw-deliveries" in found["deliveries"]["mend"]
    assert found["celery workers"]["seen"] == workers["detail"]
    assert "appendonly yes" in found["append only file"]["mend"]
    assert found["jobs set aside"]["seen"] == aside["detail"]
    assert "docs/runbook.md" in found["jobs set aside"]["mend"]


def test_warnings_alone_are_no_failure(data):
    keygen(data / "keys" / "old", "rsa")
    with answering() as api:
        code, checks = examined(data, api.url)

    assert (code, sick(checks)) == (0, {"key old": "warn"})
    assert "ed25519" in checks["key old"]["mend"]


def test_a_token_that_the_api_does_not_know_fails(data):
    (data / "token").write_text("other\n")
    with answering() as api:
        code, checks = examined(data, api.url)

    assert (code, sick(checks)) == (1, {"token": "fail"})
    assert "other" not in json.dumps(checks)


def test_a_token_of_the_environment_that_no_header_can_have_fails_and_is_not_told(data):
    with answering() as api:
        code, checks = examined(data, api.url, CLUSTERWRIGHT_TOKEN="cw_abc_secret\nmore")

    assert (code, sick(checks)) == (1, {"token": "fail"})
    assert "secret" not in json.dumps(checks)


def test_keys_that_hosts_name_have_to_be_there(data):
    hosts = [HOSTS[0] | {"ssh_key": "berlin", "site": "berlin"}, *HOSTS[1:]]
    with answering(**{"/v1/hosts": (200, {"hosts": hosts})}) as api:
        code, checks = examined(data, api.url)

    assert (code, sick(checks)) == (1, {"key berlin": "fail", "site berlin": "warn"})
    assert checks["key berlin"]["seen"].startswith("cp-1: named as SSH key")
    assert "-Q site.berlin" in checks["site berlin"]["mend"]


def test_a_key_that_is_bound_to_other_sites_is_told_with_the_host_that_names_it(data):
    (data / "keys" / "default.sites").write_text("berlin\n")
    with answering() as api:
        code, checks = examined(data, api.url)
        (data / "keys" / "default.sites").write_text("# ours\nberlin\ndefault\n")
        again, mended = examined(data, api.url)

    assert (code, again) == (1, 0)
    assert sick(checks) == {f"host {row['name']}": "fail" for row in HOSTS}
    assert "bound to berlin" in checks["host cp-1"]["seen"]
    assert "bound to site berlin, default" in mended["key default"]["seen"]


@pytest.mark.parametrize(
    ("path", "mode", "name"),
    [
        (".", 0o755, "data directory"),
        ("token", 0o644, "token file"),
        ("keys", 0o750, "keys folder"),
        ("keys/default", 0o640, "key default"),
    ],
)
def test_what_is_open_to_others_is_mended_by_what_is_prescribed(data, path, mode, name):
    (data / path).chmod(mode)
    with answering() as api:
        _, before = examined(data, api.url)
        subprocess.run(before[name]["mend"], shell=True, check=True)  # noqa: S602  # as a person would
        _, after = examined(data, api.url)

    assert list(sick(before)) == [name]
    assert sick(after) == {}


def test_a_data_directory_that_nobody_made_is_no_failure(tmp_path):
    with answering() as api:
        _, checks = examined(tmp_path / "none", api.url, CLUSTERWRIGHT_TOKEN="t")

    # What hosts name is missing all the same.
    assert sick(checks) == {
        "data directory": "warn",
        "keys folder": "warn",
        "key default": "fail",
    }


def test_another_machines_files_are_not_looked_for_here(tmp_path):
    _, checks = examined(tmp_path / "none", "http://192.0.2.1:1", CLUSTERWRIGHT_TOKEN="t")

    assert "data directory" not in checks


def test_a_key_of_openssl_passes_as_jobs_can_read_it(data):
    path = data / "keys" / "openssl"
    command = ["openssl", "genpkey", "-algorithm", "ED25519", "-out", path]
    subprocess.run(command, check=True, capture_output=True)
    path.chmod(0o600)
    with answering() as api:
        _, checks = examined(data, api.url)

    assert sick(checks) == {}
    assert checks["key openssl"]["seen"] == "ssh-ed25519, mode 600"


def test_a_locked_key_and_a_public_key_fail(data):
    keygen(data / "keys" / "locked", passphrase="secret")
    shutil.copy(data / "keys" / "default.pub", data / "keys" / "wrong")
    (data / "keys" / "wrong").chmod(0o600)
    with answering() as api:
        _, checks = examined(data, api.url)

    assert sick(checks) == {"key locked": "fail", "key wrong": "fail"}


def test_too_few_open_files_are_noticed(data):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (300, hard))
    try:
        with answering() as api:
            code, checks = examined(data, api.url)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert (code, sick(checks)) == (1, {"open files": "fail"})
    assert "ulimit -n" in checks["open files"]["mend"]


def test_the_password_of_redis_is_not_shown(data):
    _, checks = examined(data, REDIS_URL="redis://:hunter2@10.0.0.2:6379/0")

    assert checks["Redis server"]["seen"] == "REDIS_URL is set (redis)"
    assert "hunter2" not in json.dumps(checks)


def test_people_read_signs_sections_and_what_to_do(data):
    (data / "token").chmod(0o644)
    environment = {"CLUSTERWRIGHT_DATA": str(data), "CLUSTERWRIGHT_TOKEN": None}

    result = CliRunner().invoke(cli, ["--url", "http://127.0.0.1:1", "doctor"], env=environment)

    lines = result.stdout.splitlines()
    assert result.exit_code == 1
    assert {"stack", "files", "machine", "lab"} <= set(lines)
    place = lines.index(f"  ✗ token file: {data}/token is open to others")
    assert lines[place + 1] == f"      -> chmod 600 {data}/token"
    assert lines[-1].endswith("2 fail")


def test_the_lab_is_told_what_it_can_use(data):
    result = CliRunner().invoke(cli, ["doctor", "--json"], env={"CLUSTERWRIGHT_DATA": str(data)})

    lab = {c["name"]: c for c in json.loads(result.stdout)["checks"] if c["section"] == "lab"}
    assert set(lab) == {"programs", "user namespaces", "user ids", "SSH server", "dqlite"}
    assert all(check["verdict"] != "fail" for check in lab.values())
    assert all(bool(check["mend"]) == (check["verdict"] == "warn") for check in lab.values())


def test_a_lab_without_programs_is_a_warning_with_the_packages(data, monkeypatch):
    from lab import probe

    monkeypatch.setattr(probe, "_PROGRAMS", {"surely-not-here": "some-package"})

    environment = {"CLUSTERWRIGHT_DATA": str(data)}
    result = CliRunner().invoke(cli, ["doctor", "--json"], env=environment)

    lab = {c["name"]: c for c in json.loads(result.stdout)["checks"] if c["section"] == "lab"}
    assert lab["programs"]["verdict"] == "warn"
    assert lab["programs"]["mend"] == "apt-get install some-package"


def test_a_full_disk_is_told_before_redis_notices(data, monkeypatch):
    usage = shutil.disk_usage(data)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10 * 1024**2))

    _, checks = examined(data)

    assert checks["disk space"]["verdict"] == "fail"
    assert os.path.basename(data) in checks["disk space"]["mend"]
