"""The addons that MicroK8s comes with: names, aliases, and where one is found.

Pure; imports nothing that can touch a host, so that planning may use it too. The list is advice: a
host's own is what counts, since a repository may be added and versions differ.
"""

from collections.abc import Sequence
from difflib import get_close_matches

from marshmallow import ValidationError

ALIASES = {"storage": "hostpath-storage", "gpu": "nvidia", "prometheus": "observability"}
"""Deprecated names, and what MicroK8s shows once they are enabled."""
CORE = frozenset(
    {
        "cert-manager",
        "cis-hardening",
        "community",
        "dashboard",
        "dns",
        "ha-cluster",
        "helm",
        "helm3",
        "host-access",
        "hostpath-storage",
        "ingress",
        "kube-ovn",
        "mayastor",
        "metallb",
        "metrics-server",
        "minio",
        "nvidia",
        "observability",
        "rbac",
        "registry",
        "rook-ceph",
    }
)
COMMUNITY = frozenset(
    {
        "argocd",
        "cilium",
        "cloudnative-pg",
        "dashboard-ingress",
        "easyhaproxy",
        "falco",
        "fluentd",
        "gopaddle",
        "inaccel",
        "istio",
        "jaeger",
        "kata",
        "keda",
        "knative",
        "kubearmor",
        "kwasm",
        "linkerd",
        "microcks",
        "multus",
        "nfs",
        "ngrok",
        "openebs",
        "openfaas",
        "osm-edge",
        "parking",
        "portainer",
        "shifu",
        "sosivio",
        "sriov-device-plugin",
        "stunner",
        "traefik",
        "trivy",
    }
)
"""Found once the addon ``community`` is enabled, which brings their repository."""
FROM_THE_BEGINNING = frozenset({"dns", "ha-cluster", "helm", "helm3"})
"""What MicroK8s enables by itself when it is installed; no record tells of them."""
NEEDS = {
    "cert-manager": ("dns",),
    "mayastor": ("dns",),
    "minio": ("dns", "helm3", "hostpath-storage"),
    "observability": ("dns", "helm3", "hostpath-storage"),
    "registry": ("hostpath-storage",),
}
"""What the scripts of addons enable before their own work, or ask for."""


def repository(addon: str) -> str:
    """Return the repository that an addon names before its name, if it names one."""
    return addon.split(":")[0].rpartition("/")[0]


def canonical(addon: str) -> str:
    """Return the name under which MicroK8s shows an addon, without repository and argument."""
    name = addon.split(":")[0].rpartition("/")[2]
    return ALIASES.get(name, name)


def each_once(addons: Sequence[str]) -> None:
    """Refuse what names one addon twice: an addon has one argument, and MicroK8s changes none.

    Raises marshmallow's ``ValidationError``.
    """
    named: dict[str, str] = {}
    for addon in addons:
        name = canonical(addon)
        if name in named:
            raise ValidationError(
                f"cannot have both {named[name]} and {addon}: name the addon once, and its "
                "argument with it"
            )
        named[name] = addon


def argument(addon: str) -> str:
    """Return what stands behind an addon's name, or nothing."""
    return addon.partition(":")[2]


def means(addon: str, shown: str) -> bool:
    """Say whether an addon, as a change names it, is the one shown as ``repository/name``.

    Old versions show an addon by its alias alone.
    """
    return canonical(addon) == canonical(shown) and repository(addon) in {"", repository(shown)}


def is_known(addon: str) -> bool:
    """Say whether an addon is one of MicroK8s' own; repositories of others are not judged."""
    place, name = repository(addon), canonical(addon)
    if place not in {"", "core", "community"}:
        return True
    return (place != "community" and name in CORE) or (place != "core" and name in COMMUNITY)


def is_of_community(addon: str) -> bool:
    """Say whether an addon is found only in the community's repository."""
    return repository(addon) == "community" or (
        not repository(addon) and canonical(addon) in COMMUNITY
    )


def nearest(addon: str) -> str:
    """Return the known name that an unknown one was perhaps meant to be, or nothing."""
    names = sorted(CORE | COMMUNITY | ALIASES.keys())
    return next(iter(get_close_matches(canonical(addon), names, n=1, cutoff=0.75)), "")
