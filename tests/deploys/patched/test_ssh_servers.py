"""SSH servers as they are set up elsewhere: what works, and what is told of those that do not."""

import re
import socket
from dataclasses import replace

import paramiko
import pytest
from probes import HostName, script
from sshd_setup import configure, host_key
from variants import first_of

from cluster.actions import Action
from deploy_scripts.fleet.errors import Permanent, Transient

pytestmark = pytest.mark.usefixtures("lab")


def refused(make_fleet, target):
    """Try to reach a host, and return what is told of it."""
    _, [failure] = make_fleet(target).try_facts(HostName, on=[target.name])
    return failure


def is_reached(make_fleet, target):
    return make_fleet(target).facts(HostName, on=[target.name]) == {target.name: target.name}


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_a_pinned_key_of_any_type_is_asked_for_though_the_host_has_an_ed25519_key(
    make_fleet, lab, targets, kind
):
    pinned = replace(targets["n1"], host_key=host_key(lab, kind))

    assert is_reached(make_fleet, pinned)
    assert is_reached(make_fleet, targets["n1"])


@pytest.mark.parametrize("kind", first_of(["ecdsa", "rsa"]))
def test_another_key_of_the_pinned_type_is_still_an_alarm(make_fleet, lab, targets, kind):
    other = replace(targets["n1"], host_key=host_key(lab, kind, host="n2"))
    host_key(lab, kind)

    failure = refused(make_fleet, other)

    assert failure.code == "host-key-changed"
    assert f"/etc/ssh/ssh_host_{kind}_key.pub" in failure.advice


@pytest.mark.parametrize("kind", first_of(["rsa", "ecdsa"]))
def test_a_host_without_a_key_of_the_pinned_type_is_told_with_the_types_it_has(
    make_fleet, lab, targets, kind
):
    pinned = replace(targets["n1"], host_key=host_key(lab, kind, host="n2"))

    with pytest.raises(Permanent) as raised:
        make_fleet(pinned).facts(HostName, on=["n1"])

    [failure] = raised.value.failures
    assert failure.code == "host-key-type-missing"
    assert failure.message.endswith("and its SSH server has none of it, only ssh-ed25519")
    assert failure.actions == (Action.REPIN_HOST.of(host="n1"),)


NOT_USED_HERE = {
    "key exchange with SHA-1": (["KexAlgorithms diffie-hellman-group14-sha1"], "group14-sha256"),
    "a CBC cipher": (["Ciphers aes128-cbc"], "aes256-ctr"),
    "MACs with SHA-1": (["MACs hmac-sha1", "Ciphers aes256-ctr"], "hmac-sha2-256"),
    "MACs with MD5": (["MACs hmac-md5", "Ciphers aes256-ctr"], "hmac-sha2-256"),
}
NOT_KNOWN_HERE = NOT_USED_HERE | {
    "ciphers": (["Ciphers chacha20-poly1305@openssh.com"], "aes256-ctr"),
    "key exchange": (["KexAlgorithms sntrup761x25519-sha512@openssh.com"], "ecdh-sha2-nistp256"),
    "MACs": (["MACs umac-128-etm@openssh.com", "Ciphers aes256-ctr"], "hmac-sha2-256"),
}


@pytest.mark.parametrize(
    ("lines", "ours"), first_of(NOT_KNOWN_HERE.values(), quick=2), ids=NOT_KNOWN_HERE
)
def test_a_server_without_an_algorithm_of_ours_is_told_with_both_lists_and_the_line_that_helps(
    make_fleet, lab, targets, lines, ours
):
    configure(lab, *lines)

    with pytest.raises(Permanent) as raised:
        make_fleet(targets["n1"]).facts(HostName, on=["n1"])

    setting, theirs = lines[0].split()
    [failure] = raised.value.failures
    assert failure.code == "no-common-algorithm"
    assert f"no common algorithm for {setting}: its SSH server takes {theirs}" in failure.message
    assert ours in failure.message.partition("known here are")[2]
    [line] = re.findall(rf"by '({setting} [^']+)'", failure.advice)
    configure(lab, line)
    assert is_reached(make_fleet, targets["n1"])


def test_a_signature_by_sha1_does_not_prove_a_pinned_rsa_key(make_fleet, lab, targets):
    pinned = replace(targets["n1"], host_key=host_key(lab, "rsa"))
    configure(lab, "HostKeyAlgorithms ssh-rsa")

    failure = refused(make_fleet, pinned)

    assert failure.code in {"no-common-algorithm", "host-key-type-missing"}


def test_the_key_exchange_that_all_servers_prefer_is_known_by_its_newer_name(
    make_fleet, lab, targets
):
    configure(lab, "KexAlgorithms curve25519-sha256")

    assert is_reached(make_fleet, targets["n1"])


@pytest.mark.parametrize("further", first_of(["password", "publickey"]))
def test_a_server_that_asks_for_more_than_the_key_is_told(make_fleet, lab, targets, further):
    configure(lab, f"AuthenticationMethods publickey,{further}", "PasswordAuthentication yes")

    with pytest.raises(Permanent) as raised:
        make_fleet(targets["n1"]).facts(HostName, on=["n1"])

    [failure] = raised.value.failures
    assert failure.code == "further-factors"
    assert f"was accepted, and its SSH server asks for {further} as well" in failure.message
    assert "AuthenticationMethods publickey'" in failure.advice


def test_a_server_that_takes_no_keys_is_told_with_what_it_takes(make_fleet, lab, targets):
    configure(lab, "PubkeyAuthentication no", "PasswordAuthentication yes")

    failure = refused(make_fleet, targets["n1"])

    assert failure.code == "authentication-failed"
    assert failure.message.endswith("takes no key from user root, only password")


def test_a_server_that_takes_no_signature_of_our_key_is_told(make_fleet, lab, targets, tmp_path):
    key = paramiko.RSAKey.generate(2048)
    key.write_private_key_file(tmp_path / "rsa")
    configure(lab, "PubkeyAcceptedAlgorithms ssh-ed25519")

    failure = refused(make_fleet, replace(targets["n1"], key_file=str(tmp_path / "rsa")))

    assert failure.code == "authentication-failed"
    assert "PubkeyAcceptedAlgorithms" in failure.advice


def test_a_server_that_refuses_root_comes_with_the_setting(make_fleet, lab, targets):
    configure(lab, "PermitRootLogin no")

    failure = refused(make_fleet, targets["n1"])

    assert failure.code == "authentication-failed"
    assert "PermitRootLogin no" in failure.advice


def test_a_locked_account_is_among_what_is_suspected(make_fleet, lab, targets):
    lab.exec("n1", "sed -i 's/^ops:[^:]*:/ops:!:/' /etc/shadow")

    failure = refused(make_fleet, replace(targets["n1"], user="ops"))

    assert failure.code == "authentication-failed"
    assert "passwd -S ops" in failure.advice
    assert "PermitRootLogin" not in failure.advice


def test_a_server_that_is_full_says_so_and_is_tried_again(make_fleet, lab, targets):
    target = targets["n1"]
    configure(lab, "MaxStartups 1")
    waiting = socket.create_connection((target.address, target.port))
    waiting.recv(100)  # its greeting: the server counts it from then on

    try:
        with pytest.raises(Transient) as raised:
            make_fleet(target).facts(HostName, on=["n1"])
    finally:
        waiting.close()

    [failure] = raised.value.failures
    assert failure.code == "unreachable"
    assert "it said: Exceeded MaxStartups" in failure.message
    assert "raise MaxStartups" in failure.advice


def test_a_server_that_opens_no_session_says_what_keeps_it(make_fleet, lab, targets):
    configure(lab, "MaxSessions 0")

    failure = refused(make_fleet, targets["n1"])

    assert failure.code == "unreachable"
    assert "MaxSessions" in failure.message


def test_one_session_at_a_time_is_enough(make_fleet, lab, targets):
    configure(lab, "MaxSessions 1")
    fleet = make_fleet(targets["n1"])

    for _ in range(10):
        assert fleet.run(script, on=["n1"], text="echo one") == {"n1": ("one",)}


@pytest.mark.parametrize(
    "sentence",
    first_of(
        [
            "Please login as the user ubuntu rather than the user root.",
            "Password change required but no TTY available.",
        ]
    ),
    ids=["cloud image", "expired password"],
)
def test_what_a_host_says_in_place_of_the_command_is_shown(make_fleet, lab, targets, sentence):
    forced = f'command="echo {sentence}; exit 142" ssh'
    lab.exec("n1", f"sed -i 's/^ssh/{forced}/' ~/.ssh/authorized_keys")

    failure = refused(make_fleet, targets["n1"])

    assert sentence in failure.message
