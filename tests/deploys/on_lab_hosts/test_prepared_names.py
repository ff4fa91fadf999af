"""Names of nodes on hosts as installers, clouds and people leave them."""

import pytest
from steps import StepFailed, Steps
from variants import first_of

from deploy_scripts.preparation.hosts_file import ASIDE
from lab import Lab

HOSTS = ["n1", "n2"]
ARGS = {"hosts": HOSTS, "roles": {"n1": "control-plane", "n2": "worker"}}
MULTI = "echo multi on >/etc/host.conf"
"""As Debian and Ubuntu have it; the installer's line for 127.0.1.1 is there already."""
TEMPLATE = "/etc/cloud/templates/hosts.debian.tmpl"
CLOUD = (
    "mkdir -p /etc/cloud/templates /etc/cloud/cloud.cfg.d /var/lib/cloud/instance; "
    "printf 'ID=ubuntu\\nID_LIKE=debian\\n' >/etc/os-release; "
    "printf '## template:jinja\\n127.0.1.1 {{fqdn}} {{hostname}}\\n127.0.0.1 localhost\\n' "
    f">{TEMPLATE}; "
)


def hosts_file(lab: Lab, host: str = "n1") -> str:
    return lab.exec(host, "cat /etc/hosts").stdout


def details(steps: Steps) -> dict[str, str]:
    return {host: detail for host, status, _, detail in steps.last["reports"] if status == "done"}


@pytest.mark.parametrize(
    "conf", first_of([MULTI, "rm -f /etc/host.conf"]), ids=["multi on", "no host.conf"]
)
def test_names_lead_to_node_addresses_beside_the_installers_line(
    lab: Lab, steps: Steps, conf: str
) -> None:
    for host in HOSTS:
        lab.exec(host, conf)

    steps.apply("prepare_hosts", **ARGS)

    for host in HOSTS:
        found = lab.exec(host, "getent ahostsv4 n1 n2 | awk '$2==\"STREAM\" {print $1}'").stdout
        assert [a for a in found.split() if not a.startswith("127.")] == [
            "10.79.0.11",
            "10.79.0.12",
        ]
        assert f"127.0.1.1 {host}" in hosts_file(lab, host)


def test_the_full_name_of_a_host_stays_what_it_was(lab: Lab, steps: Steps) -> None:
    lab.exec(
        "n1", f"{MULTI}; printf '127.0.0.1 localhost\\n127.0.1.1 n1.dom.ain n1\\n' >/etc/hosts"
    )

    steps.apply("prepare_hosts", **ARGS)

    assert lab.exec("n1", "hostname -f").stdout == "n1.dom.ain\n"


def test_another_line_of_a_node_is_set_aside_and_comes_back(lab: Lab, steps: Steps) -> None:
    lab.exec("n1", f"{MULTI}; printf '192.168.9.9 N2 db # old\\n' >>/etc/hosts")
    before = hosts_file(lab)

    steps.apply("prepare_hosts", **ARGS)

    assert f"{ASIDE}192.168.9.9 N2 db # old\n" in hosts_file(lab)
    assert lab.exec("n1", "getent ahostsv4 n2").stdout.startswith("10.79.0.12 ")
    assert lab.exec("n1", "getent ahostsv4 db").stdout.startswith("192.168.9.9 ")
    steps.undo("prepare_hosts", **ARGS)
    assert hosts_file(lab) == before


def test_a_name_that_leads_elsewhere_by_dns_is_refused_by_name(lab: Lab, steps: Steps) -> None:
    lab.exec(
        "n1",
        "printf '#!/bin/sh\\necho \"192.168.9.9 STREAM n2\"\\n' >/usr/local/bin/getent; "
        "chmod +x /usr/local/bin/getent",
    )

    with pytest.raises(StepFailed) as caught:
        steps.apply("prepare_hosts", **ARGS)

    assert "n1: cannot resolve n1 to 10.79.0.11: it leads to 192.168.9.9" in caught.value.message
    assert "/etc/nsswitch.conf" in caught.value.message


@pytest.mark.parametrize(
    "settings",
    first_of(
        [
            "echo 'manage_etc_hosts: true' >/etc/cloud/cloud.cfg",
            "echo 'manage_etc_hosts: false' >/etc/cloud/cloud.cfg; "
            "echo 'manage_etc_hosts: \"template\"  # ours' >/etc/cloud/cloud.cfg.d/99_hosts.cfg",
            "echo 'manage_etc_hosts: True' >/var/lib/cloud/instance/cloud-config.txt",
        ]
    ),
    ids=["cloud.cfg", "a later file", "user data"],
)
def test_where_cloud_init_makes_the_file_its_template_has_the_names_too(
    lab: Lab, steps: Steps, settings: str
) -> None:
    lab.exec("n1", f"{MULTI}; {CLOUD}{settings}")
    before = lab.exec("n1", f"cat {TEMPLATE}").stdout

    for _ in range(2):
        steps.apply("prepare_hosts", **ARGS)

    template = lab.exec("n1", f"cat {TEMPLATE}").stdout.splitlines()
    assert template[0] == "## template:jinja"
    assert template[4:6] == ["10.79.0.11 n1", "10.79.0.12 n2"]
    assert f"{TEMPLATE} has the names too" in details(steps)["n1"]
    assert details(steps)["n2"] == "prepared"
    steps.undo("prepare_hosts", **ARGS)
    assert lab.exec("n1", f"cat {TEMPLATE}").stdout == before


@pytest.mark.parametrize("value", first_of(["localhost", "false"]))
def test_where_cloud_init_leaves_other_lines_alone_its_template_is_left_alone(
    lab: Lab, steps: Steps, value: str
) -> None:
    lab.exec("n1", f"{CLOUD}echo 'manage_etc_hosts: {value}' >/etc/cloud/cloud.cfg")

    steps.apply("prepare_hosts", **ARGS)

    assert "clusterwright" not in lab.exec("n1", f"cat {TEMPLATE}").stdout
    assert details(steps)["n1"] == "prepared"


def test_cloud_init_without_a_template_is_told(lab: Lab, steps: Steps) -> None:
    lab.exec("n1", f"{CLOUD}echo 'manage_etc_hosts: true' >/etc/cloud/cloud.cfg; rm {TEMPLATE}")

    steps.apply("prepare_hosts", **ARGS)

    assert "set manage_etc_hosts: false" in details(steps)["n1"]


@pytest.mark.parametrize(
    "place",
    first_of(
        [
            "cp /etc/hosts /root/hosts; mount --bind /root/hosts /etc/hosts",
            "mv /etc/hosts /root/hosts; ln -s /root/hosts /etc/hosts",
            "chmod 600 /etc/hosts",
        ]
    ),
    ids=["mounted", "symbolic link", "other mode"],
)
def test_a_hosts_file_stays_what_it_is_and_comes_back(lab: Lab, steps: Steps, place: str) -> None:
    lab.exec("n1", place)
    look = "stat -c '%A %U %i' /etc/hosts | cut -d' ' -f1,2; ls /etc | grep hosts; cat /etc/hosts"
    before = lab.exec("n1", look).stdout

    steps.apply("prepare_hosts", **ARGS)

    assert lab.exec("n1", "getent ahostsv4 n2").stdout.startswith("10.79.0.12 ")
    steps.undo("prepare_hosts", **ARGS)
    assert lab.exec("n1", look).stdout == before


def test_a_host_without_a_hosts_file_gets_one_and_loses_it_again(lab: Lab, steps: Steps) -> None:
    lab.exec("n1", "rm /etc/hosts")

    steps.apply("prepare_hosts", **ARGS)

    assert lab.exec("n1", "stat -c %a /etc/hosts").stdout == "644\n"
    steps.undo("prepare_hosts", **ARGS)
    assert lab.exec("n1", "test -e /etc/hosts").returncode == 1


def test_a_greeting_is_never_taken_for_a_name(lab: Lab, steps: Steps) -> None:
    before = hosts_file(lab)
    lab.exec(
        "n2",
        "printf '#!/bin/sh\\necho Welcome, dear guest\\nexec /usr/bin/uname \"$@\"\\n' "
        ">/usr/local/bin/uname; chmod +x /usr/local/bin/uname",
    )

    with pytest.raises(StepFailed) as caught:
        steps.apply("prepare_hosts", **ARGS)

    assert caught.value.message == (
        "cannot prepare the hosts: n2 calls itself 'Welcome, dear guest n2', which is not the name "
        "of a host"
    )
    assert hosts_file(lab) == before


LIARS = {
    "a name more": "n2 vault.corp.example",
    "loopback": "n2 localhost x",
    "a name of the world": "api.snapcraft.io",
    "another host": "N1",
    "another host's domain": "n1.example.com",
}


def lie(lab: Lab, host: str, name: str) -> None:
    """Let ``uname`` on a host tell another name, as whoever is root there can."""
    lab.exec(
        host,
        'printf \'#!/bin/sh\ncase $1 in -n) echo "%s";; -nm) echo "%s x86_64";; *) exec '
        f"/usr/bin/uname \"$@\";; esac\n' '{name}' '{name}' >/usr/local/bin/uname; "
        "chmod +x /usr/local/bin/uname",
    )


@pytest.mark.parametrize("name", first_of(LIARS.values(), quick=2), ids=LIARS.keys())
def test_a_host_that_takes_a_name_fails_its_own_preparation_and_no_file_learns_it(
    lab: Lab, steps: Steps, name: str
) -> None:
    before = hosts_file(lab)
    steps.apply("preflight", roles=ARGS["roles"], policy="lab", accept=["disk-too-small"])
    lie(lab, "n2", name)

    with pytest.raises(StepFailed) as caught:
        steps.apply("prepare_hosts", **ARGS)

    assert caught.value.kind == "Permanent"
    assert f"n2 calls itself {name!a}, which is " in caught.value.message
    assert [failure["host"] for failure in caught.value.answer["error"]["failures"]] == ["n2"]
    assert hosts_file(lab) == before
    with pytest.raises(StepFailed, match="n2 calls itself"):
        steps.apply("preflight", roles=ARGS["roles"], policy="lab", accept=["disk-too-small"])


def test_a_domain_behind_its_own_name_is_learned_by_the_others(lab: Lab, steps: Steps) -> None:
    lie(lab, "n2", "n2.corp.example")

    steps.apply("prepare_hosts", **ARGS)

    found = lab.exec("n1", "getent ahostsv4 n2.corp.example | awk 'NR==1 {print $1}'").stdout
    assert found == "10.79.0.12\n"


def test_a_block_that_somebody_else_changes_meanwhile_is_no_success(lab: Lab, steps: Steps) -> None:
    # The last thing before the comparison that a program of the host's own has a hand in.
    lab.exec(
        "n1",
        'printf \'#!/bin/sh\nsed -i "s/^10.79.0.12 n2$/& vault.corp.example/" /etc/hosts\n'
        "[ $# = 0 ] || echo inactive\n' >/usr/local/bin/ufw; chmod +x /usr/local/bin/ufw",
    )

    with pytest.raises(StepFailed, match="the block of Clusterwright was changed"):
        steps.apply("prepare_hosts", **ARGS)
