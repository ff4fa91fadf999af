"""Words for hosts that could not be reached; what a server says is input."""

import shlex
import subprocess
from base64 import b64encode
from dataclasses import replace

import pytest
from paramiko import AuthenticationException

from cluster.printable import MOST_CHARACTERS, printable
from deploy_scripts.ssh.connect_failures import HOPELESS, connect_failure
from deploy_scripts.ssh.errors import (
    Cut,
    FurtherFactors,
    NoCommonAlgorithm,
    NotConnected,
    NotForwarded,
    UnreadableKey,
)
from deploy_scripts.ssh.targets import Target
from workflows.ledger.tallies import HOST_ERRORS

BLOB = b"\x00\x00\x00\x0bssh-ed25519\x00\x00\x00\x20" + bytes(32)
KEY = "ssh-ed25519 " + b64encode(BLOB).decode()
BASTION = Target("bastion", "192.168.1.9", 22, "ops", "/keys/default", KEY, "192.168.1.9")
FAR = Target("w-1", "10.0.0.5", 22, "root", "/keys/default", KEY, "10.0.0.5", jump=BASTION)


def test_every_code_that_another_attempt_cannot_mend_is_counted_on_its_own():
    assert HOPELESS <= HOST_ERRORS


@pytest.mark.parametrize(
    "cause",
    [
        AuthenticationException("Authentication failed."),
        UnreadableKey("cannot read the SSH key /keys/default: locked", "unlock it"),
        NoCommonAlgorithm("Ciphers", ["a"], ["b"]),
        FurtherFactors(["password"]),
        OSError(113, "No route to host"),
        TimeoutError(),
        EOFError(),
        Cut("the run was interrupted"),
    ],
    ids=lambda cause: type(cause).__name__,
)
def test_a_failure_at_a_jump_host_is_one_of_the_host_behind_it_and_names_both(cause):
    at_the_jump = connect_failure(BASTION, NotConnected(BASTION, cause))
    behind = connect_failure(FAR, NotConnected(BASTION, cause))

    assert behind.host == "w-1"
    assert behind.message == f"cannot reach w-1 through jump host bastion: {at_the_jump.message}"
    assert (behind.code, behind.advice) == (at_the_jump.code, at_the_jump.advice)
    assert at_the_jump.advice


@pytest.mark.parametrize("user", ["CORP\\ada", "svc-ops$"])
def test_commands_in_advice_have_the_user_as_a_shell_takes_it(user):
    hop = replace(BASTION, user=user)
    refused = connect_failure(hop, NotConnected(hop, AuthenticationException("no")))

    command = refused.advice.partition("('passwd -S ")[2].partition("')")[0]
    assert shlex.split(command) == [user]
    echoed = subprocess.run(["sh", "-c", f"printf %s {command}"], capture_output=True, text=True)
    assert echoed.stdout == user
    assert f"user {user} with key" in refused.message


def test_what_a_server_calls_its_algorithms_is_checked_and_bounded():
    names = ["evil'; rm -rf /\x1b[31m", *(f"cipher-{number}" for number in range(500))]
    refusal = NotConnected(BASTION, NoCommonAlgorithm("MACs", names, ["b"]))

    failure = connect_failure(BASTION, refusal)

    assert len(failure.message + failure.advice) < 1500
    assert "evil'" not in failure.message + failure.advice
    assert "evilrm-rf31m" in failure.message


def test_a_forbidden_way_names_what_to_permit_on_the_jump_host():
    failure = connect_failure(FAR, NotConnected(FAR, NotForwarded("", forbidden=True)))

    assert failure.code == "forwarding-forbidden"
    assert "PermitOpen 10.0.0.5:22" in failure.advice
    assert "on bastion" in failure.advice


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"Go away\r\n", "Go away"),
        (b"\x1b]0;title\x07\x1b[2J", "]0;title [2J"),
        (b"caf\xe9", "caf\ufffd"),
        ("left \u202eright".encode(), "left right"),
        (b"", ""),
    ],
)
def test_what_a_stranger_says_is_one_line_that_steers_no_terminal(text, shown):
    assert printable(text) == shown


def test_what_a_stranger_says_is_cut_to_a_length():
    assert len(printable(b"x" * 10**6)) == MOST_CHARACTERS
