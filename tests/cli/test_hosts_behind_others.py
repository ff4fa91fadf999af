"""``hosts add --jump``, and lists of hosts that are reached through each other."""

from answering_api import answering
from click.testing import CliRunner

from cli.main import cli

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
BASTION = {"name": "bastion", "address": "192.168.1.9", "port": 2200, "user": "ops", "jump": ""}


def run(api, *words):
    arguments = ["--url", api.url, *words]
    return CliRunner().invoke(cli, arguments, env={"CLUSTERWRIGHT_TOKEN": "t"})


def test_a_host_behind_another_is_not_scanned_from_here_and_the_command_that_works_is_told():
    with answering(**{"/v1/hosts/bastion": (200, BASTION)}) as api:
        result = run(
            api, *("hosts", "add", "w-1", "--address", "10.0.0.5", "--jump", "bastion", "--scan")
        )

    assert result.exit_code == 1
    assert "cannot scan w-1: it is behind bastion" in result.output
    wanted = "ssh -p 2200 ops@192.168.1.9 ssh-keyscan -t ed25519 -p 22 10.0.0.5 | cut -d' ' -f2-"
    assert wanted in result.output
    assert "--host-key" in result.output


def test_hosts_are_listed_and_shown_with_the_host_they_are_reached_through():
    row = {
        "name": "w-1",
        "user": "root",
        "address": "10.0.0.5",
        "port": 22,
        "host_key": KEY,
        "node_address": "10.0.0.5",
        "site": "default",
        "zone": "",
        "cluster": "",
        "labels": {},
        "jump": "bastion",
    }
    with answering(**{"/v1/hosts": (200, {"hosts": [row]}), "/v1/hosts/w-1": (200, row)}) as api:
        listed, shown = run(api, "hosts", "list"), run(api, "hosts", "show", "w-1")

    assert "root@10.0.0.5:22 through bastion" in listed.output
    assert "jump:         bastion" in shown.output
