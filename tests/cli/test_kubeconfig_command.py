"""``clusterwright clusters kubeconfig``: what it writes, and what it never writes over."""

import datetime
import json
import socket
import stat
from contextlib import closing, contextmanager

import pytest
import yaml
from answered_documents import job
from answering_api import answering
from click.testing import CliRunner
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import CertificateBuilder, Name, NameAttribute, NameOID

from cli import cmd_kubeconfig
from cli.kubeconfig import MARK, new_key
from cli.main import cli
from cli.progress import view_of

ID = "3f2a91c0" * 4
NOW = datetime.datetime.now(datetime.UTC)


def signed(own):
    """Return a certificate for a key, signed by another."""
    name = Name([NameAttribute(NameOID.COMMON_NAME, "clusterwright:a")])
    builder = CertificateBuilder(
        name, name, own.key.public_key(), 1, NOW, NOW + datetime.timedelta(hours=8)
    )
    certificate = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return certificate.public_bytes(Encoding.PEM).decode()


@pytest.fixture
def own(monkeypatch):
    """The key that the command makes."""
    key = new_key("view")
    monkeypatch.setattr(cmd_kubeconfig, "new_key", lambda role: key)
    # How a job is followed is tried elsewhere; this one has ended.
    monkeypatch.setattr(cmd_kubeconfig, "follow", lambda api, job_id, _: view_of(api.job(job_id)))
    return key


@pytest.fixture
def listening():
    """A port at which somebody takes connections, and one at which nobody does."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        with closing(socket.create_server(("127.0.0.1", 0))) as gone:
            silent = gone.getsockname()[1]
        yield server.getsockname()[1], silent


@contextmanager
def api(own, ports, status="succeeded", certificate=None, is_bounded=True):
    record = job(status=status, kind="issue-kubeconfig", finished=200.0, started=100.0)
    issued = {
        "job": ID,
        "cluster": "prod",
        "user": "clusterwright:a",
        "role": "view",
        "is_bounded": is_bounded,
        "ends": int(NOW.timestamp()) + 28800,
        "certificate": certificate or signed(own),
        "authority": "authority\n",
        "servers": [
            {"node": f"n{place}", "url": f"https://127.0.0.1:{port}"}
            for place, port in enumerate(ports, start=1)
        ],
    }
    answers = {
        "/v1/clusters/prod/changes": (202, record),
        f"/v1/jobs/{ID}": (200, record),
        f"/v1/jobs/{ID}/credential": (200, issued),
    }
    with answering(**answers) as served:
        yield served


def run(served, *words):
    environment = {"CLUSTERWRIGHT_TOKEN": "t"}
    command = ["--url", served.url, "clusters", "kubeconfig", "prod", *words]
    return CliRunner().invoke(cli, command, env=environment)


def test_the_current_context_is_of_a_node_that_takes_connections(own, listening):
    answering_port, silent = listening
    with api(own, [silent, answering_port]) as served:
        result = run(served)

    found = yaml.safe_load(result.stdout)
    assert result.exit_code == 0, result.stderr
    assert [row["name"] for row in found["contexts"]] == ["prod-n1", "prod-n2"]
    assert [row["cluster"]["server"] for row in found["clusters"]] == [
        f"https://127.0.0.1:{silent}",
        f"https://127.0.0.1:{answering_port}",
    ]
    assert found["current-context"] == "prod-n2"
    assert "clusterwright:a as view until" in result.stderr
    assert "warning" not in result.stderr


def test_where_no_node_takes_connections_it_is_made_all_the_same_and_said(own, listening):
    with api(own, [listening[1]]) as served:
        result = run(served, "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["kubeconfig"]["current-context"] == "prod-n1"
    assert "no control plane node takes a connection from here" in result.stderr


def test_the_file_is_for_its_owner_alone_and_is_replaced_by_the_next(own, listening, tmp_path):
    out = tmp_path / "my prod.kubeconfig"
    with api(own, listening[:1], is_bounded=False) as served:
        first = run(served, "--out", str(out))
        out.write_text(MARK + "older\n")
        second = run(served, "--out", str(out), "--json")

    assert (first.exit_code, first.stdout) == (0, "")
    assert "whoever has it may do everything" in first.stderr
    assert f"kubectl --kubeconfig '{out}' --context prod-n1 get nodes" in first.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert yaml.safe_load(out.read_text())["current-context"] == "prod-n1"
    told = json.loads(second.stdout)
    assert told["file"] == str(out)
    assert "kubeconfig" not in told
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


def test_a_file_of_somebody_else_is_left_as_it_is_and_nothing_is_asked_for(own, tmp_path):
    out = tmp_path / "config"
    out.write_text("apiVersion: v1\n")
    with answering() as served:
        another = run(served, "--out", str(out))
        nowhere = run(served, "--out", str(tmp_path / "none" / "config"))

    assert (another.exit_code, nowhere.exit_code) == (1, 1)
    assert "this command did not write" in another.stderr
    assert "its folder takes no file" in nowhere.stderr
    assert out.read_text() == "apiVersion: v1\n"


def test_a_certificate_for_another_key_is_not_handed_over(own, listening):
    with api(own, listening[:1], certificate=signed(new_key("view"))) as served:
        result = run(served)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "it is for another key" in result.stderr


def test_a_job_that_fails_leaves_no_kubeconfig(own, listening, tmp_path):
    out = tmp_path / "prod.kubeconfig"
    with api(own, listening[:1], status="failed") as served:
        result = run(served, "--out", str(out))

    assert result.exit_code == 1
    assert not out.exists()


def test_what_the_api_refuses_is_told_with_its_advice(own):
    refused = {"title": "Refused", "detail": "no", "advice": "enable rbac"}
    with answering(**{"/v1/clusters/prod/changes": (422, refused)}) as served:
        result = run(served)

    assert result.exit_code == 1
    assert "enable rbac" in result.stderr


def test_nothing_is_said_to_be_sent_that_is_secret(own):
    assert own.pem.decode().splitlines()[1] not in own.request
