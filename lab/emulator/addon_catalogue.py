"""The addons of the core repository, by MicroK8s version, with what enabling one starts."""

from typing import NamedTuple


class Addon(NamedTuple):
    """One addon: what the status list says of it and the pods that it runs."""

    name: str
    version: str
    description: str
    pods: tuple[str, ...] = ()
    namespace: str = "kube-system"


ALIASES = {"storage": "hostpath-storage", "gpu": "nvidia", "prometheus": "observability"}
# These push arguments to every node's agent when they are enabled.
PUSHING = ("dns", "rbac", "registry", "cis-hardening", "host-access")
ADDONS = (
    Addon("cert-manager", "1.14.5", "Cloud native certificate management", (), "cert-manager"),
    Addon("cis-hardening", "1.0.0", "Apply CIS K8s hardening"),
    Addon("community", "", "The community addons repository"),
    Addon("dashboard", "2.7.0", "The Kubernetes dashboard", ("kubernetes-dashboard",)),
    Addon("dns", "1.13.1", "CoreDNS", ("coredns",)),
    Addon("ha-cluster", "", "Configure high availability on the current node"),
    Addon("helm", "", "Helm - the package manager for Kubernetes"),
    Addon("helm3", "", "Helm 3 - the package manager for Kubernetes"),
    Addon("host-access", "", "Allow Pods connecting to Host services smoothly"),
    Addon(
        "hostpath-storage",
        "1.0.0",
        "Storage class; allocates storage from host directory",
        ("hostpath-provisioner",),
    ),
    Addon("ingress", "1.0.0", "Ingress controller for external access", (), "ingress"),
    Addon("kube-ovn", "1.10.0", "An advanced network fabric for Kubernetes"),
    Addon("mayastor", "1.0.0", "OpenEBS MayaStor"),
    Addon(
        "metallb",
        "0.13.3",
        "Loadbalancer for your Kubernetes cluster",
        ("controller", "speaker"),
        "metallb-system",
    ),
    Addon("metrics-server", "0.6.3", "K8s Metrics Server for API access", ("metrics-server",)),
    Addon("minio", "4.5.1", "MinIO object storage"),
    Addon("nvidia", "1.11.0", "NVIDIA hardware (GPU and network) support"),
    Addon("observability", "0.12", "A lightweight observability stack for logs and metrics"),
    Addon("rbac", "", "Role-Based Access Control for authorisation"),
    Addon("registry", "1.0.0", "Private image registry exposed on localhost:32000"),
    Addon("rook-ceph", "1.11.9", "Distributed Ceph storage using Rook"),
)
LAST_WITH_DASHBOARD = (1, 35)


def available(version: str) -> list[Addon]:
    """The addons that this version of MicroK8s has, sorted by name."""
    major, minor = (int(part) for part in version.removeprefix("v").split(".")[:2])
    gone = ("dashboard",) if (major, minor) > LAST_WITH_DASHBOARD else ()
    return [addon for addon in ADDONS if addon.name not in gone]


def listed(version: str) -> list[Addon]:
    """What `status` lists: the addons and, as entries of their own, the aliases of some."""
    addons = available(version)
    aliases = [
        addon._replace(name=alias, description=f"Alias to {name} add-on, deprecated")
        for alias, name in ALIASES.items()
        for addon in addons
        if addon.name == name
    ]
    return sorted([*addons, *aliases], key=lambda addon: addon.name)


def original(name: str) -> str:
    return ALIASES.get(name, name)


def find(name: str, version: str) -> Addon | None:
    wanted = original(name)
    return next((addon for addon in available(version) if addon.name == wanted), None)
