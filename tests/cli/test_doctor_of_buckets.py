"""The doctor on the bucket that takes copies of backups."""

import json
import sys

import pytest
from click.testing import CliRunner
from s3_server import BUCKET, REGION, SECRET, s3_server, write_credentials

from cli.main import cli

NAMED = {
    "CLUSTERWRIGHT_BACKUP_S3": f"s3://{BUCKET}/site-1",
    "CLUSTERWRIGHT_BACKUP_S3_REGION": REGION,
}


@pytest.fixture
def server():
    with s3_server() as served:
        yield served


def told(data_dir, url="http://127.0.0.1:1", **environment):
    """Return what is said of the bucket, and how to mend it; nothing where nothing is said."""
    asked = {
        "CLUSTERWRIGHT_DATA": str(data_dir),
        "CLUSTERWRIGHT_BACKUP_S3": None,
        "CLUSTERWRIGHT_BACKUP_S3_CA": None,
    }
    result = CliRunner().invoke(cli, ["--url", url, "doctor", "--json"], env=asked | environment)
    assert SECRET not in result.output
    checks = {check["name"]: check for check in json.loads(result.stdout)["checks"]}
    return checks.get("backup bucket")


def test_a_bucket_that_answers_passes_with_a_word_on_tls(tmp_path, server):
    write_credentials(tmp_path)

    check = told(tmp_path, CLUSTERWRIGHT_BACKUP_S3_ENDPOINT=server.url, **NAMED)

    assert check["verdict"] == "warn"
    assert f"s3://{BUCKET}/site-1/ at {server.url} lets itself be listed" in check["seen"]
    assert "https://" in check["mend"]
    assert {method for method, _ in server.asked} == {"GET"}


def test_nothing_is_said_where_no_bucket_is_named_or_the_api_is_elsewhere(tmp_path):
    assert told(tmp_path) is None
    assert told(tmp_path, "http://192.0.2.1:1", **NAMED) is None


def test_what_is_wrong_is_told_with_what_to_do(tmp_path, server):
    endpoint = {"CLUSTERWRIGHT_BACKUP_S3_ENDPOINT": server.url}

    nothing = told(tmp_path, **NAMED, **endpoint)
    file = write_credentials(tmp_path, "another-secret")
    wrong = told(tmp_path, **NAMED, **endpoint)
    file.chmod(0o640)
    is_open = told(tmp_path, **NAMED, **endpoint)
    no_server = told(tmp_path, **NAMED)

    checks = (nothing, wrong, is_open, no_server)
    assert {check["verdict"] for check in checks} == {"fail"}
    assert "aws_access_key_id" in nothing["mend"]
    assert "SignatureDoesNotMatch" in wrong["seen"]
    assert is_open["mend"] == f"chmod 600 {file}"
    assert "https://s3.example.org:9000" in no_server["mend"]


def test_a_library_that_is_missing_is_named(tmp_path, server, monkeypatch):
    write_credentials(tmp_path)
    monkeypatch.setitem(sys.modules, "minio", None)

    check = told(tmp_path, CLUSTERWRIGHT_BACKUP_S3_ENDPOINT=server.url, **NAMED)

    assert check["verdict"] == "fail"
    assert "pip install 'clusterwright[s3]'" in check["mend"]
