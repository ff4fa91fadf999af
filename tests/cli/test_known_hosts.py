"""Host keys out of what OpenSSH knows."""

import shutil
import subprocess

import pytest

from cli.host_key import fingerprint
from cli.known_hosts import NoKey, entries, key_of

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPEjTbf7n9FQgUtrUczaBCn17Fv9FSAfRcVsSkW8Pn1c"
RSA = "ssh-rsa AAAAB3NzaC1yc2E="
SK = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29t"


def key(text, *names, port=22):
    return key_of(entries(text), names or ("10.0.0.1",), port, "known")


@pytest.mark.parametrize(
    "line",
    [
        f"10.0.0.1 {KEY}",
        f"n1.example.com,10.0.0.1 {KEY} root@n1",
        f"10.0.0.? {KEY}",
        f"10.0.0.*,!10.0.0.7 {KEY}",
        f"# a comment\n\nnonsense\n10.0.0.1\t{KEY}",
        f"10.0.0.1 {RSA}\n10.0.0.1 {SK}\n10.0.0.1 {KEY}",
        f"10.0.0.1 {KEY}\n10.0.0.1 {KEY}",
        f"@revoked 10.0.0.1 {OTHER}\n10.0.0.1 {KEY}",
        f"@cert-authority * {OTHER}\n10.0.0.1 {KEY}",
    ],
)
def test_the_key_of_a_host_is_found(line):
    assert key(line) == KEY


@pytest.mark.parametrize(
    "line",
    ["", f"10.0.0.2 {KEY}", f"[10.0.0.1]:2222 {KEY}", f"!10.0.0.1,* {KEY}", f"10.0.0.11 {KEY}"],
)
def test_a_host_that_is_not_there_has_no_key(line):
    assert key(line) == ""


def test_a_port_that_is_not_the_usual_one_is_a_host_of_its_own():
    assert key(f"10.0.0.1 {OTHER}\n[10.0.0.1]:2222 {KEY}", port=2222) == KEY
    assert key(f"10.0.0.1 {OTHER}", port=2222) == ""


def test_a_host_may_be_known_by_any_of_its_names():
    assert key(f"n1 {KEY}", "10.0.0.1", "n1.example.com", "n1") == KEY


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
@pytest.mark.parametrize(("name", "port"), [("10.0.0.1", 22), ("[10.0.0.1]:2222", 2222)])
def test_hashed_lines_of_openssh_are_read(tmp_path, name, port):
    file = tmp_path / "known"
    file.write_text(f"{name} {KEY}\n10.0.0.2 {OTHER}\n")
    subprocess.run(["ssh-keygen", "-q", "-H", "-f", file], check=True, capture_output=True)
    text = file.read_text()

    assert "10.0.0" not in text
    assert key(text, "10.0.0.1", port=port) == KEY
    assert key(text, "10.0.0.3", port=port) == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"@revoked * {KEY}\n10.0.0.1 {KEY}", "known:2 has the key of 10.0.0.1, marked as revoked"),
        (f"10.0.0.1 {SK}\n10.0.0.1 ssh-dss AAAA", "only of types that cannot be pinned: sk-ssh-"),
        (f"@cert-authority *.0.1 {KEY}", "known has only an authority for 10.0.0.1"),
        (f"10.0.0.1 {KEY}\n10.0.0.1 {OTHER}", f"{fingerprint(OTHER)} in line 2; keep one"),
        ("|1|c2FsdA==|x 10 \n10.0.0.1 ssh-dss AAAA", "cannot be pinned: ssh-dss"),
    ],
)
def test_a_key_that_cannot_be_pinned_is_told_with_the_reason(text, message):
    with pytest.raises(NoKey) as refused:
        key(text)

    assert message in str(refused.value)
