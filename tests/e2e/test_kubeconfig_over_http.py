"""A kubeconfig is made by the command line, and its key is found nowhere but in its file."""

import base64
import json
import stat
import time

import yaml
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificate
from secret_search import files, leaks, values

from cli import cmd_kubeconfig
from cli.main import cli


def run(stack, *words):
    environment = {"CLUSTERWRIGHT_TOKEN": (stack.folder / "token").read_text().strip()}
    return CliRunner().invoke(
        cli, ["--url", f"http://127.0.0.1:{stack.port}", "clusters", "kubeconfig", *words],
        env=environment,
    )  # fmt: skip


def decoded(text):
    return base64.b64decode(text)


def test_a_kubeconfig_is_what_the_authority_signed_with_a_key_that_is_found_nowhere_else(
    stack, lab, tmp_path, monkeypatch
):
    formed = stack.finish(stack.post("prod", {"control_plane": ["n1"]}).json()["id"])
    assert formed["status"] == "succeeded", json.dumps(formed["error"], indent=1)
    # A node of the lab is reached from inside its network alone.
    monkeypatch.setattr(cmd_kubeconfig, "takes_connections", lambda url: True)
    out = tmp_path / "prod.kubeconfig"

    refused = run(stack, "prod", "--out", str(out))
    made = run(stack, "prod", "--role", "cluster-admin", "--minutes", "30", "--out", str(out))

    assert refused.exit_code == 1
    assert "roles-unknown" in refused.stderr
    assert made.exit_code == 0, made.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    found = yaml.safe_load(out.read_text())
    [server], [user] = found["clusters"], found["users"]
    key = load_pem_private_key(decoded(user["user"]["client-key-data"]), None)
    signed = load_pem_x509_certificate(decoded(user["user"]["client-certificate-data"]))
    authority = lab.exec("n1", "cat /var/snap/microk8s/current/certs/ca.crt").stdout
    signed.verify_directly_issued_by(load_pem_x509_certificate(authority.encode()))
    assert signed.public_key() == key.public_key()
    assert abs(signed.not_valid_after_utc.timestamp() - time.time() - 1800) < 300
    address = lab.inventory()[0]["node_address"]
    assert server["cluster"]["server"] == f"https://{address}:16443"
    assert decoded(server["cluster"]["certificate-authority-data"]).decode() == authority
    assert found["current-context"] == server["name"] == "prod-n1"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    lines = {str(place): line for place, line in enumerate(pem.splitlines()[1:-1])}
    written = [*files(stack.redis_folder, stack.folder), *values(stack.redis_url)]
    assert leaks(lines, written) == []
    # What is public is found, so it was looked for in the right places.
    request = stack.client.get("/v1/jobs?cluster=prod").json()["jobs"][0]["id"]
    assert leaks({"job": request}, written) != []
