"""Inventories of Ansible as lists of hosts: both of its forms, right and wrong."""

import pytest
from read_files import faults, hosts, notes

from cli.host_files.ranges import expanded
from cli.host_files.reading import MOST_HOSTS


def test_variables_come_from_the_nearest_of_host_child_group_parent_and_all():
    text = """
# a comment
[west]
a ansible_host=10.0.0.1 ansible_port=2200
b ansible_host=10.0.0.2
[coast:children]
west
[west:vars]
ansible_user=child
[coast:vars]
ansible_user=parent
ansible_port=2201
[all:vars]
ansible_port=2202
clusterwright_site=edge
"""
    assert hosts("ansible", text) == {
        "a": {"address": "10.0.0.1", "port": 2200, "user": "child", "site": "edge"},
        "b": {"address": "10.0.0.2", "port": 2201, "user": "child", "site": "edge"},
    }
    yaml = """
all:
  vars: {ansible_port: 2202, clusterwright_site: edge}
  children:
    coast:
      vars: {ansible_user: parent, ansible_port: 2201}
      children:
        west:
          vars: {ansible_user: child}
          hosts:
            a: {ansible_host: 10.0.0.1, ansible_port: 2200}
            b: {ansible_host: 10.0.0.2}
"""
    assert hosts("ansible", yaml) == hosts("ansible", text)


def test_ranges_stand_for_each_host():
    text = "n[09:11] \nx-[a:b]:2222 clusterwright_zone=z\n[all:vars]\nansible_host=10.0.0.1"

    assert list(hosts("ansible", text)) == ["n09", "n10", "n11", "x-a", "x-b"]
    assert hosts("ansible", text)["x-a"]["port"] == 2222
    assert expanded("r[1:2]n[1:5:2]") == ["r1n1", "r1n3", "r1n5", "r2n1", "r2n3", "r2n5"]


def test_a_range_of_very_many_hosts_is_counted_and_not_made():
    (fault,) = faults("ansible", "n[1:900000000][1:900000000]")

    assert f"{900_000_000**2} hosts, {MOST_HOSTS} at most" in fault


WAYS = [
    "-o ProxyJump=way",
    "-J way",
    "-C -Jops@way:22 -q",
    '-o "ProxyJump ops@10.0.0.9"',
    """-o ProxyCommand="ssh -q -W %h:%p -i ~/.ssh/key ops@way" """,
]


@pytest.mark.parametrize("options", WAYS)
@pytest.mark.parametrize("name", ["ansible_ssh_common_args", "ansible_ssh_extra_args"])
def test_the_host_before_a_host_is_found_in_the_options_of_ssh(options, name):
    text = f"a ansible_host=10.0.0.1\nway ansible_host=10.0.0.9\n[x]\na\n[x:vars]\n{name}={options}"

    assert hosts("ansible", text)["a"]["jump"] == "way"


def test_a_host_before_a_host_may_be_in_the_inventory_only():
    text = "a ansible_host=10.0.0.1 ansible_ssh_common_args='-J way.example.com'"

    assert hosts("ansible", text)["a"]["jump"] == "way"


@pytest.mark.parametrize(
    "name", ["ansible_password", "ansible_ssh_pass", "ansible_become_password"]
)
@pytest.mark.parametrize(
    "text",
    [
        "a ansible_host=10.0.0.1 {0}=hunter2",
        "a\n[all:vars]\n{0} = hunter2",
        "---\nall: {{vars: {{{0}: hunter2}}}}",
    ],
)
def test_a_secret_is_refused_with_its_line_and_not_shown(name, text):
    found = faults("ansible", text.format(name))

    assert any(f"cannot use {name}: it is a secret" in fault for fault in found)
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    "text",
    [
        "$ANSIBLE_VAULT;1.1;AES256\n6162",
        "---\nall:\n  vars:\n    token: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      6162",
        "#!/usr/bin/env python3\nprint()",
    ],
)
def test_vaults_and_programs_are_refused(text):
    assert len(faults("ansible", text)) >= 1
    assert "6162" not in str(faults("ansible", text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a ansible_host=a.example.com", "h.ini:1: a: address: cannot use the name a.example.com"),
        ("a.example.com", "getent ahostsv4 a.example.com prints"),
        ("10.0.0.1", "h.ini:1: 10.0.0.1: cannot use an address as name"),
        ("a ansible_host='{{ x }}'", "h.ini:1: a: address: cannot use a template"),
        ("a ansible_port=ssh ansible_host=10.0.0.1", "h.ini:1: a: port: cannot use 'ssh'"),
        ("a clusterwright_zon=x", "h.ini:1: a: cannot use the field 'zon': it is unknown; did"),
        ("a ansible_host=10.0.0.1 top secret", "h.ini:1: cannot read the line: behind the host"),
        ("a 'ansible_host=10.0.0.1", "h.ini:1: cannot read the line: its quotes do not match"),
        ("[a:vars]\nx", "h.ini:2: cannot read the line: a variable is wanted here"),
        ("[a:b]", "h.ini:1: cannot read the line: a group is written as [name]"),
        ("a[1:x]", "h.ini:1: cannot read the range [1:x]"),
        ("a[3:1]", "h.ini:1: cannot read the range [3:1]: it ends before it begins"),
        ("a[1", "h.ini:1: cannot read the range in a[1"),
        ("[a:children]\nb\n[b:children]\na", "h.ini: cannot read the groups: one is below itself"),
        ("[a:children]\nall\n[all:children]\na", "cannot read the groups: one is below itself"),
        ("---\nall: {things: {}}", "h.ini:2: cannot read it as YAML: a group has hosts, vars, ch"),
        (
            "a ansible_host=10.0.0.1 ansible_ssh_common_args='-J 10.0.0.7'",
            "h.ini:1: a: jump: cannot find the jump host: no host of the file has address 10.0.0.7",
        ),
        (
            "a ansible_host=10.0.0.1 ansible_ssh_common_args='-o ProxyCommand=\"nc %h\"'",
            "h.ini:1: a: jump: cannot read the way in ansible_ssh_common_args",
        ),
    ],
)
def test_an_inventory_that_is_wrong_is_told_with_its_line(text, message):
    assert message in faults("ansible", text)[0]
    assert "secret" not in faults("ansible", text)[0]


def test_what_of_an_inventory_is_left_out_is_told():
    text = (
        "n1.example.com ansible_host=10.0.0.1 ansible_private_key_file=~/.ssh/k\n"
        "localhost ansible_connection=local\nw ansible_connection=winrm"
    )
    found = notes("ansible", text)

    assert list(hosts("ansible", text)) == ["n1"]
    assert [note[:40] for note in found] == [
        "2: localhost: left out, Ansible does not",
        "3: w: left out, Ansible does not reach i",
        "1: n1: called without its domain here",
        "1: n1: ansible_private_key_file is not r",
    ]


def test_what_is_told_of_many_hosts_is_told_once():
    text = "Host a b\n HostName 10.0.0.1"

    assert notes("ssh-config", text) == [
        " a, b: no User, so root will log in; ssh would take your own name"
    ]


def test_groups_choose_hosts_and_what_is_not_chosen_may_be_wrong():
    text = "[good]\na ansible_host=10.0.0.1\n[bad]\nb ansible_host=x.example.com"

    assert list(hosts("ansible", text, "good")) == ["a"]
    assert list(hosts("ansible", text, "a*", "c")) == ["a"]
    assert faults("ansible", text, "zzz") == ["h.ini: it has no host that zzz names"]
    assert len(faults("ansible", text)) == 1
