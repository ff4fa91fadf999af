"""The environment that `snap run` gives to the snap's programs."""

import os
import re
from collections.abc import Mapping

from lab.emulator import paths, snapd
from lab.emulator.real_snap.plan import plan

VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def of_snap(caller: Mapping[str, str]) -> dict[str, str]:
    """What a program of the snap finds in its environment when `caller` starts it."""
    snap = snapd.installed() or {"revision": 0, "version": "v0.0.0"}
    revision = str(snap["revision"])
    home = caller.get("HOME", "/root")
    variables = {
        "SNAP": f"{paths.SNAP_MOUNT}/{revision}",
        "SNAP_NAME": "microk8s",
        "SNAP_INSTANCE_NAME": "microk8s",
        "SNAP_INSTANCE_KEY": "",
        "SNAP_REVISION": revision,
        "SNAP_VERSION": str(snap["version"]),
        "SNAP_ARCH": ARCHITECTURES.get(os.uname().machine, os.uname().machine),
        "SNAP_DATA": f"{paths.SNAP_DATA_ROOT}/{revision}",
        "SNAP_COMMON": paths.SNAP_COMMON,
        "SNAP_USER_DATA": f"{home}/snap/microk8s/{revision}",
        "SNAP_USER_COMMON": f"{home}/snap/microk8s/common",
        "SNAP_REAL_HOME": home,
        "SNAP_LIBRARY_PATH": "",
        "SNAP_CONTEXT": "lab",
        "HOME": home,
    }
    known = dict(caller) | variables
    # As in snapd, what snap.yaml sets may name what the caller or snapd itself has set.
    for name, text in plan().get("environment", {}).items():
        variables[name] = expanded(str(text), known)
    return dict(caller) | variables


def expanded(text: str, known: Mapping[str, str]) -> str:
    """The text with `$NAME` and `${NAME}` replaced; an unknown name is empty."""
    return VARIABLE.sub(lambda found: known.get(found[1], ""), text)
