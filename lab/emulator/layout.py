"""The real files of an installed snap: made at install, renewed by leave."""

import os
import shutil
from contextlib import suppress
from typing import Any

from lab.emulator import certificates, files, host, locks, membership, objects, paths

ARGS = {
    "cluster-agent": "--bind 0.0.0.0:25000\n--timeout 240\n",
    "kube-apiserver": (
        "--secure-port=16443\n--service-cluster-ip-range=10.152.183.0/24\n"
        "--authorization-mode=AlwaysAllow\n--event-ttl=5m\n"
        '--etcd-servers="unix://${SNAP_DATA}/var/kubernetes/backend/kine.sock:12379"\n'
        "--kubelet-preferred-address-types=InternalIP,Hostname,InternalDNS,ExternalDNS,ExternalIP\n"
    ),
    "kubelet": (
        "--cluster-dns=10.152.183.10\n--cluster-domain=cluster.local\n--fail-swap-on=false\n"
        '--eviction-hard="memory.available<100Mi,nodefs.available<1Gi,imagefs.available<1Gi"\n'
        "--read-only-port=0\n"
        "--node-labels=microk8s.io/cluster=true,"
        "node.kubernetes.io/microk8s-controlplane=microk8s-controlplane\n"
    ),
    "kube-proxy": "--cluster-cidr=10.1.0.0/16\n--healthz-bind-address=127.0.0.1\n",
    "kube-controller-manager": "--leader-elect-lease-duration=60s\n",
    "kube-scheduler": "--leader-elect-lease-duration=60s\n",
    "k8s-dqlite": "--storage-dir=${SNAP_DATA}/var/kubernetes/backend/\n",
    "k8s-dqlite-env": "",
    "containerd-env": "",
    "cni-env": "IPv4_SUPPORT=true\nIPv4_CLUSTER_CIDR=10.1.0.0/16\nIPv6_SUPPORT=false\n",
    "ha-conf": "failure-domain=1\n",
    "apiserver-proxy": "--refresh-interval 30s\n",
}
KUBECONFIGS = ("client", "kubelet", "proxy", "scheduler", "controller")
FOLDERS = (
    paths.CERTS,
    paths.CREDENTIALS,
    paths.LOCKS,
    f"{paths.ARGS}/traefik",
    f"{paths.ARGS}/certs.d",
    f"{paths.ARGS}/cni-network",
    paths.BACKEND,
)
LOW_MEMORY_KIB = 524288


def create(revision: int, *, low_memory: bool) -> None:
    """Make the data folder of a fresh install, ready for its services to start."""
    point_at(revision)
    for folder in (*FOLDERS, f"{paths.SNAP_COMMON}/var/lib/kubelet", f"{paths.SNAP_COMMON}/run"):
        os.makedirs(folder, exist_ok=True)
    restore_default_arguments()
    renew_identity()
    start_fresh_datastore()
    if low_memory:
        locks.put(locks.LOW_MEMORY)
    for name in locks.FRESH_INSTALL:
        locks.put(name)


def restore_default_arguments() -> None:
    for name, text in ARGS.items():
        files.write(f"{paths.ARGS}/{name}", text)
    files.remove(f"{paths.ARGS}/traefik/provider.yaml")


def point_at(revision: int) -> None:
    """Make `current` lead to the revision's data, as snapd does at once."""
    os.makedirs(f"{paths.SNAP_DATA_ROOT}/{revision}", exist_ok=True)
    scratch = f"{paths.SNAP_DATA}.new"
    files.remove(scratch)
    os.symlink(str(revision), scratch)
    os.replace(scratch, paths.SNAP_DATA)


def renew_identity() -> None:
    """Give the node a cluster authority and credentials of its own."""
    own = {"ca": 3650, "server": 365, "front-proxy-client": 365, "cluster": 3650}
    certificates.make(paths.CERTS, own, common_name=host.hostname())
    files.remove(f"{paths.CERTS}/ca.remote.crt")
    files.write(f"{paths.CERTS}/serviceaccount.key", os.urandom(32).hex())
    files.write(f"{paths.CERTS}/csr.conf.template", "[ alt_names ]\nDNS.1 = kubernetes\n#MOREIPS\n")
    write_kubeconfigs()
    for name in ("cluster-tokens.txt", "certs-request-tokens.txt"):
        files.write(f"{paths.CREDENTIALS}/{name}", "")
    files.remove(f"{paths.CREDENTIALS}/callback-token.txt")


def write_kubeconfigs() -> None:
    authority = files.read(certificates.authority_path())
    for name in KUBECONFIGS:
        text = kubeconfig("127.0.0.1", authority)
        files.write(f"{paths.CREDENTIALS}/{name}.config", text)


def kubeconfig(address: str, authority: str) -> str:
    import base64

    encoded = base64.b64encode(authority.encode()).decode()
    return (
        "apiVersion: v1\nclusters:\n- cluster:\n"
        f"    certificate-authority-data: {encoded}\n    server: https://{address}:16443\n"
        "  name: microk8s-cluster\ncontexts:\n- context:\n    cluster: microk8s-cluster\n"
        "    user: admin\n  name: microk8s\ncurrent-context: microk8s\nkind: Config\n"
        "preferences: {}\nusers:\n- name: admin\n  user:\n"
        f"    client-certificate-data: {encoded[:64]}\n    client-key-data: {encoded[:64]}\n"
    )


def start_fresh_datastore() -> None:
    """Write a datastore folder that will bootstrap on loopback, alone."""
    shutil.rmtree(paths.BACKEND, ignore_errors=True)
    os.makedirs(paths.BACKEND)
    for kind in ("crt", "key"):
        pair = files.read(f"{paths.CERTS}/cluster.{kind}")
        files.write(f"{paths.BACKEND}/cluster.{kind}", pair)
    files.write(objects.CLUSTER_FILE, os.urandom(8).hex())
    files.write(f"{paths.BACKEND}/init.yaml", f"Address: 127.0.0.1:{membership.PORT}\n")


def start_joining_datastore(address: str, answer: dict[str, Any]) -> None:
    """Move the node's own datastore aside and write one that will join the cluster's voters."""
    shutil.rmtree(paths.BACKEND_BACKUP, ignore_errors=True)
    with suppress(FileNotFoundError):
        os.rename(paths.BACKEND, paths.BACKEND_BACKUP)
    os.makedirs(paths.BACKEND)
    files.write(f"{paths.BACKEND}/cluster.crt", answer["cluster_cert"])
    files.write(f"{paths.BACKEND}/cluster.key", answer["cluster_key"])
    if "lab_cluster_id" in answer:  # MicroK8s' own agent does not know it
        files.write(objects.CLUSTER_FILE, answer["lab_cluster_id"])
    listed = "".join(f"- {voter}\n" for voter in answer["voters"])
    own = f"Address: {address}:{membership.PORT}\n"
    files.write(f"{paths.BACKEND}/init.yaml", f"{own}Cluster:\n{listed}")


def memory_kib() -> int:
    for line in files.read("/proc/meminfo").splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1])
    return 0
