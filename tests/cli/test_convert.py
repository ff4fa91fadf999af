"""Files of k0sctl and KubeOne become a cluster's file and a list of hosts; the rest is told."""

import contextlib
import json
import re

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as with_settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from api.description.cluster_file_documents import file_schema
from cli.cluster_imports.imported import cluster_file
from cli.cluster_imports.reading import BadClusterFile, read
from cli.host_files.formats import read as read_hosts
from cli.main import cli
from cluster.spec import DEDICATED_TAINT
from workflows.cluster_file.reading import read_file

K0SCTL = """\
apiVersion: k0sctl.k0sproject.io/v1beta1
kind: Cluster
metadata:
  name: shop
spec:
  hosts:
    - role: worker
      hostname: w-1.example.test
      installFlags: ["--labels=disk=ssd,tier=web", --taints gpu=yes:NoSchedule, --token id_secret]
      ssh: {address: 10.0.0.4, user: ops, port: 2222, keyPath: /home/ops/id_secret}
      hooks: {}
    - role: controller
      hostname: cp-1
      privateAddress: 192.168.7.1
      ssh:
        address: 10.0.0.1
        bastion: {address: 10.9.0.1, user: jump, port: 2200}
    - role: controller+worker
      hostname: cp-2
      openSSH: {address: 10.0.0.2}
    - role: controller+worker
      noTaints: true
      hostname: cp-3
      ssh: {address: 10.0.0.3}
  k0s:
    version: v1.32.4+k0s.0
    config: {spec: {network: {provider: calico}}}
"""
KUBEONE = """\
apiVersion: kubeone.k8c.io/v1beta2
kind: KubeOneCluster
name: shop
versions: {kubernetes: '1.31.7'}
controlPlane:
  hosts:
    - publicAddress: 10.0.0.1
      hostname: cp-1
      bastion: 10.0.0.2
      sshPrivateKeyFile: /home/ops/id_secret
    - publicAddress: 10.0.0.2
      privateAddress: 192.168.7.2
      hostname: cp-2
      isLeader: true
      taints: []
staticWorkers:
  hosts:
    - privateAddress: 10.0.0.3
      sshUsername: ops
      sshPort: 2222
      labels: {disk: ssd, "old-": ""}
      taints: [{key: gpu, value: "yes", effect: NoSchedule}, {key: quiet, effect: NoExecute}]
features: {metricsServer: {enable: true}}
"""


def converted(text, **given):
    """Return the params of the cluster's file, as the API reads them, and the notes."""
    cluster, notes = read(text, "other.yaml", **given)
    written = cluster_file(cluster, "prod", notes)
    Draft202012Validator(file_schema()).validate(yaml.safe_load(written))
    return read_file(written, cluster.name), notes


def faults(text, **given):
    with pytest.raises(BadClusterFile) as refused:
        read(text, "other.yaml", **given)
    return refused.value.faults


def run(*words, stdin=None):
    return CliRunner().invoke(cli, ["convert", *words], input=stdin)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "k0sctl.yaml"
    path.write_text(K0SCTL)
    return str(path)


def test_a_file_of_k0sctl_becomes_one_that_the_api_takes():
    params, _ = converted(K0SCTL)

    assert params["control_plane"] == ["cp-1", "cp-2", "cp-3"]
    assert (params["workers"], params["channel"]) == (["w-1"], "1.32/stable")
    assert params["labels"] == {"w-1": {"disk": "ssd", "tier": "web"}}
    assert params["taints"] == {
        "cp-1": [DEDICATED_TAINT],
        "cp-2": [DEDICATED_TAINT],
        "w-1": ["gpu=yes:NoSchedule"],
    }
    assert params["addresses"]["w-1"] == "10.0.0.4"


def test_a_single_node_of_k0sctl_keeps_its_workloads():
    text = K0SCTL[: K0SCTL.index("    - role: worker")] + (
        "    - {role: single, hostname: n1, ssh: {address: 10.0.0.1}}\n"
        "  k0s: {version: 1.33.1+k0s.1}\n"
    )

    params, notes = converted(text)

    assert (params["control_plane"], params["channel"]) == (["n1"], "1.33/stable")
    assert ("taints" in params, notes) == (False, [])


def test_a_file_of_kubeone_becomes_one_that_the_api_takes_its_leader_first():
    params, notes = converted(KUBEONE)

    assert (params["control_plane"], params["workers"]) == (["cp-2", "cp-1"], ["w-1"])
    assert params["taints"] == {
        "cp-1": [DEDICATED_TAINT],
        "w-1": ["gpu=yes:NoSchedule", "quiet=:NoExecute"],
    }
    assert params["labels"] == {"w-1": {"disk": "ssd"}}
    assert "is called w-1, since it has no hostname; write what uname -n says" in str(notes)


def test_what_is_not_carried_over_is_told_with_its_line_and_no_key_with_its_name():
    _, of_k0sctl = converted(K0SCTL)
    _, of_kubeone = converted(KUBEONE)

    assert of_k0sctl == [
        "line 8: w-1.example.test is called w-1 here, without its domain",
        "line 9: the flag --token is not carried over",
        "line 10: spec.hosts[0].ssh.keyPath is not carried over",
        "line 11: spec.hosts[0].hooks is not carried over",
        "line 27: spec.k0s.config is not carried over",
    ]
    assert "line 10: controlPlane.hosts[0].sshPrivateKeyFile is not carried over" in of_kubeone
    assert "line 23: features is not carried over" in of_kubeone
    assert "line 21: label old is to be taken off, and is left out" in of_kubeone
    assert "id_secret" not in str([of_k0sctl, of_kubeone])


def test_the_hosts_are_a_list_that_hosts_import_reads(file, tmp_path):
    target = tmp_path / "hosts.yaml"

    result = run(file, "--hosts", str(target))
    rows = read_hosts(target.read_bytes(), "hosts.yaml", None).chosen(())
    found = {row.name: row.values for row in rows}

    assert "hosts import" in result.stderr
    assert found["w-1"] == {"name": "w-1", "address": "10.0.0.4", "port": 2222, "user": "ops"}
    assert (found["cp-1"]["jump"], found["cp-1"]["node_address"]) == ("bastion-1", "192.168.7.1")
    assert found["bastion-1"] == {
        "name": "bastion-1",
        "address": "10.9.0.1",
        "port": 2200,
        "user": "jump",
    }


def test_a_bastion_that_is_a_host_of_the_cluster_is_named_once():
    result = run("-", "--json", stdin=KUBEONE)

    rows = yaml.safe_load(json.loads(result.stdout)["hosts"])["hosts"]
    assert sorted(rows) == ["cp-1", "cp-2", "w-1"]
    assert rows["cp-1"]["jump"] == "cp-2"


def test_the_command_writes_the_file_with_what_was_left_behind_as_comments(file, tmp_path):
    target = tmp_path / "shop.yaml"

    shown = run(file, "--environment", "dev")
    written = run(file, "--environment", "dev", "-o", str(target))
    nowhere = run(file, "-o", str(tmp_path / "none" / "shop.yaml"))

    assert (shown.exit_code, written.exit_code, nowhere.exit_code) == (0, 0, 1)
    assert shown.stdout == target.read_text()
    assert shown.stdout.startswith("# Made of k0sctl.yaml.\n# line 8: ")
    assert yaml.safe_load(shown.stdout)["environment"] == "dev"
    assert f"note: {file}: line 27: spec.k0s.config is not carried over" in shown.stderr
    assert "cannot write" in nowhere.stderr


def test_name_and_channel_go_before_what_the_file_says():
    text = K0SCTL.replace("name: shop", "name: Shop_1").replace("version: v1.32.4+k0s.0", "x: y")

    params, _ = converted(text, name="prod", channel="1.33/candidate")

    assert params["channel"] == "1.33/candidate"
    assert [row.split(":")[1] for row in faults(text)] == ["4", "25"]


@pytest.mark.parametrize(
    ("before", "after", "line", "says"),
    [
        ("10.0.0.4,", "w1.example.test,", 10, "write the host's IPv4 address"),
        ("10.0.0.4,", '"${W1}",', 10, "fill in its variables first, as envsubst does"),
        ("role: worker", "role: wroker", 7, "write one of controller, controller+worker"),
        ("port: 2222", "port: ssh", 10, "write a whole number"),
        ("hostname: cp-3", "hostname: cp-2", 23, "cp-2 at spec.hosts[3].hostname: spec.hosts[2]"),
        ("10.0.0.3", "10.0.0.2", 24, "10.0.0.2 at spec.hosts[3].ssh.address: spec.hosts[2]"),
        ("noTaints: true", "noTaints: maybe", 22, "write true or false"),
        ("v1.32.4+k0s.0", "v2.0.0", 26, "say --channel"),
        ("gpu=yes:NoSchedule", "gpu", 9, "write key=value:Effect"),
        ('"--labels=disk=ssd,tier=web"', "'--labels=\"disk=ssd'", 9, "a quote is open at its end"),
        ("name: shop", "name: k0s.local", 4, "'k0s.local' at metadata.name"),
        ("v1.32.4+k0s.0", "", 26, "no spec.k0s.version"),
        ("hostname: cp-3", "hostname: 12", 23, 'YAML reads 12 as a number; write "12"'),
        ("ssh: {address: 10.0.0.3}", "localhost: {enabled: true}", 21, "reaches hosts by SSH"),
        ("v1beta1", "v9", 1, "a file of k0sctl"),
        ("  hosts:", "  hosts: {", 7, "cannot read it as YAML"),
        ("spec:", "---\nspec:", 5, "a second document begins here"),
    ],
)
def test_what_is_wrong_is_told_at_its_line_with_the_way_out(before, after, line, says):
    found = faults(K0SCTL.replace(before, after))

    assert any(row.startswith(f"other.yaml:{line}: ") and says in row for row in found), found


def test_a_file_of_kubeone_whose_hosts_terraform_tells_is_refused():
    text = re.sub(r"controlPlane:\n(?:  .*\n)+", "", KUBEONE)

    assert any("hosts that Terraform tells are not in the file" in row for row in faults(text))


def test_a_refused_file_is_told_by_the_command_and_nothing_is_written(tmp_path):
    target = tmp_path / "shop.yaml"

    result = run("-", "-o", str(target), stdin="a: b\n")

    assert (result.exit_code, target.exists()) == (1, False)


@with_settings(deadline=None)
@given(st.sampled_from([K0SCTL, KUBEONE]), st.text(max_size=30), st.integers(0, len(K0SCTL)))
def test_no_text_makes_reading_crash(whole, text, place):
    text = whole[:place] + text + whole[place:]
    with contextlib.suppress(BadClusterFile):
        cluster, notes = read(text, "other.yaml")
        assert yaml.safe_load(cluster_file(cluster, "dev", notes))["name"] == cluster.name
