"""A configuration of OpenSSH as a list of hosts, right and wrong."""

import pytest
from read_files import faults, hosts, notes


def test_the_first_value_holds_and_patterns_give_theirs():
    text = """
Port 2200
Host a b !c
    HostName=10.0.0.1   # a comment
    User "ops"
Host a? *x !b
    User nobody
Host b
    HostName 10.0.0.2
    Port 22
HOST *
    user ada
    hostname 10.0.0.3
Host c
"""
    assert hosts("ssh-config", text) == {
        "a": {"address": "10.0.0.1", "port": 2200, "user": "ops"},
        "b": {"address": "10.0.0.1", "port": 2200, "user": "ops"},
        "c": {"address": "10.0.0.3", "port": 2200, "user": "ada"},
    }


@pytest.mark.parametrize(
    "way",
    [
        "ProxyJump way",
        "ProxyJump ops@way:2222",
        "ProxyJump ssh://ops@10.0.0.9:22/",
        "ProxyCommand ssh -W %h:%p way",
        "ProxyJump way\n  ProxyCommand none",
    ],
)
def test_the_host_before_a_host_is_its_jump_host(way):
    text = f"Host a\n  HostName 10.0.0.1\n  {way}\nHost way\n  HostName 10.0.0.9\nHost *\n User o"

    assert hosts("ssh-config", text)["a"]["jump"] == "way"


def test_of_two_hosts_before_a_host_each_has_the_one_before_it():
    text = (
        "Host a\n HostName 10.0.0.1\n ProxyJump w1,w2\n"
        "Host w1\n HostName 10.0.0.2\nHost w2\n HostName 10.0.0.3\n"
    )

    assert hosts("ssh-config", text + " ProxyJump w1")["a"]["jump"] == "w2"
    assert "give w2 the jump host w1 in the file" in faults("ssh-config", text)[0]


def test_no_way_is_a_way_too():
    text = "Host a\n HostName 10.0.0.1\n ProxyJump none\nHost *\n ProxyJump w"

    assert hosts("ssh-config", text) == {"a": {"address": "10.0.0.1"}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Host git\n HostName git.example.com", "h.conf:2: git: address: cannot use the name git"),
        ("Host n1.example.com", "h.conf:1: n1: address: cannot use the name n1.example.com"),
        ("Host a\n HostName 10.0.0.1\n Port ssh", "h.conf:3: a: port: cannot use 'ssh'"),
        ('Host a\n User "x', "h.conf:2: cannot read the line: its quotes are odd"),
        (
            "Host a\n HostName 10.0.0.1\n ProxyCommand nc %h %p",
            "h.conf:3: a: jump: cannot read this ProxyCommand",
        ),
        ("Host *\n User x", "h.conf: it has no host"),
    ],
)
def test_a_configuration_that_is_wrong_is_told_with_its_line(text, message):
    assert message in faults("ssh-config", text)[0]


def test_what_of_a_configuration_is_not_read_is_told():
    text = (
        "Include other\nHost a\n HostName 10.0.0.1\n IdentityFile k\n"
        "Match user x\n HostName 10.0.0.7\n"
    )

    assert notes("ssh-config", text) == [
        "1: Include is not read; import that file by itself",
        "5: Match is not read, nor what belongs to it",
        "2: a: IdentityFile is not read: ssh_key is the name of a file in the keys folder; hosts "
        "update sets it",
        "2: a: no User, so root will log in; ssh would take your own name",
    ]
    assert hosts("ssh-config", text)["a"]["address"] == "10.0.0.1"
