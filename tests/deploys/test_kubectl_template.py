"""What a real kubectl prints for the template of nodes and leases, where one is installed.

It asks an API server that consists of a few recorded answers, on loopback.
"""

import json
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploy_scripts.microk8s.node_list import LEASES, NODE_TEMPLATE, parse_nodes
from lab.emulator.go_template import render

KUBECTL = shutil.which("kubectl")
STAMP, NOW = "2026-01-02T03:04:05Z", 1767323045

NODES = [
    {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {
            "name": "cp-1",
            "labels": {
                "kubernetes.io/hostname": "cp-1",
                "node.kubernetes.io/microk8s-controlplane": "microk8s-controlplane",
                "empty": "",
            },
        },
        "spec": {
            "unschedulable": True,
            "taints": [
                {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"},
                {"key": "team", "value": "a", "effect": "NoExecute"},
            ],
        },
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": "10.0.0.1"},
                {"type": "Hostname", "address": "cp-1"},
            ],
            "conditions": [
                {"type": "MemoryPressure", "status": "False", "lastHeartbeatTime": STAMP},
                {"type": "Ready", "status": "True", "lastHeartbeatTime": STAMP},
            ],
            "nodeInfo": {"kubeletVersion": "v1.32.3"},
        },
    },
    {
        "kind": "Node",
        "apiVersion": "v1",
        "metadata": {"name": "w-1"},
        "spec": {},
        "status": {"conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": None}]},
    },
]
LEASE = {
    "kind": "Lease",
    "apiVersion": "coordination.k8s.io/v1",
    "metadata": {"name": "cp-1", "namespace": LEASES},
    "spec": {"renewTime": "2026-01-02T03:04:00.500000Z"},
}


def listed(kind, items, version="v1"):
    return {"kind": f"{kind}List", "apiVersion": version, "metadata": {}, "items": items}


def resources(group, name, kind, *, namespaced):
    row = {"name": name, "singularName": "", "namespaced": namespaced, "kind": kind}
    return {
        "kind": "APIResourceList",
        "groupVersion": group,
        "resources": [row | {"verbs": ["get", "list"]}],
    }


COORDINATION = "coordination.k8s.io/v1"
GROUP = {"groupVersion": COORDINATION, "version": "v1"}
ANSWERS = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [{"name": "coordination.k8s.io", "versions": [GROUP], "preferredVersion": GROUP}],
    },
    "/api/v1": resources("v1", "nodes", "Node", namespaced=False),
    f"/apis/{COORDINATION}": resources(COORDINATION, "leases", "Lease", namespaced=True),
    "/api/v1/nodes": listed("Node", NODES),
    f"/apis/{COORDINATION}/namespaces/{LEASES}/leases": listed("Lease", [LEASE], COORDINATION),
}


class Recorded(BaseHTTPRequestHandler):
    def do_GET(self):
        answer = ANSWERS.get(self.path.partition("?")[0])
        body = json.dumps(answer or {"kind": "Status", "code": 404}).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def printed(tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorded)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    command = [
        *(KUBECTL, "--kubeconfig=/dev/null", f"--server=http://127.0.0.1:{server.server_port}"),
        *("get", f"nodes,leases.{COORDINATION.partition('/')[0]}", "-n", LEASES),
        *("-o", f"go-template={NODE_TEMPLATE}"),
    ]
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "NO_PROXY": "127.0.0.1"}
    try:
        ran = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=250, check=False
        )
    finally:
        server.shutdown()
        server.server_close()
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.skipif(KUBECTL is None, reason="no kubectl is installed")
def test_a_real_kubectl_prints_what_the_labs_prints_and_it_is_read_to_the_last_field(printed):
    assert printed == render(NODE_TEMPLATE, listed("", [*NODES, LEASE]))
    first, second = parse_nodes(printed.splitlines(), NOW)
    assert first == {
        "name": "cp-1",
        "address": "10.0.0.1",
        "role": "control-plane",
        "condition": "True",
        "heard_ago": 5,
        "ready": True,
        "schedulable": False,
        "version": "v1.32.3",
        "labels": {
            "kubernetes.io/hostname": "cp-1",
            "node.kubernetes.io/microk8s-controlplane": "microk8s-controlplane",
            "empty": "",
        },
        "taints": ["node.kubernetes.io/unschedulable=:NoSchedule", "team=a:NoExecute"],
    }
    assert (second["name"], second["ready"], second["heard_ago"]) == ("w-1", False, None)
