"""The file `addons.yaml` of an addons repository, as far as the lab reads or writes it."""

from collections.abc import Iterable
from typing import NamedTuple

from lab.emulator.addon_catalogue import Addon

ARCHITECTURES = ("amd64", "arm64", "ppc64le", "s390x")
FILES = {
    "ha-cluster": "${SNAP_DATA}/var/lock/ha-cluster",
    "rbac": "clusterrole.rbac.authorization.k8s.io/cluster-admin",
}


class Listed(NamedTuple):
    """One addon and the text whose presence means that it is enabled."""

    name: str
    check: str


def parse(text: str) -> list[Listed]:
    """Read names and checks; the file is written by hand and regular."""
    found: list[Listed] = []
    for line in text.splitlines():
        key, colon, value = line.strip().removeprefix("- ").partition(":")
        value = value.strip().strip("\"'")
        if colon and key == "name":
            found.append(Listed(value, ""))
        elif colon and key == "check_status" and found:
            found[-1] = found[-1]._replace(check=value)
    return found


def render(addons: Iterable[Addon]) -> str:
    """Write the emulator's own catalogue in the form that MicroK8s' scripts read."""
    lines = ["microk8s-addons:", '  description: "Addons of the lab."', "  addons:"]
    for addon in addons:
        check = FILES.get(addon.name, f"pod/{addon.pods[0] if addon.pods else addon.name}")
        lines += [
            f'    - name: "{addon.name}"',
            f'      description: "{addon.description}"',
            f'      version: "{addon.version}"',
            f'      check_status: "{check}"',
            "      supported_architectures:",
            *(f"        - {name}" for name in ARCHITECTURES),
        ]
    return "\n".join(lines) + "\n"
