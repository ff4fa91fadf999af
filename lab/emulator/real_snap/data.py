"""What MicroK8s' install hook puts into the data folders and the emulator does not need itself."""

import os
import shutil

from lab.emulator import addon_catalogue, files, host, paths
from lab.emulator.real_snap import addon_list
from lab.emulator.real_snap.plan import TREE

ADDONS = f"{paths.SNAP_COMMON}/addons"
CNI = f"{paths.ARGS}/cni-network/cni.yaml"
# Made by a service that is not run; scripts edit and apply it.
CNI_MANIFEST = """\
# IP_AUTODETECTION_METHOD: first-found
apiVersion: v1
kind: ConfigMap
metadata:
  name: calico-config
  namespace: kube-system
"""


def lay_out(version: str) -> None:
    """Add the arguments, templates and addons that the snap's scripts read."""
    _copy_missing(f"{TREE}/default-args", paths.ARGS)
    # What certificates are asked for with must fit the snap's own scripts.
    if os.path.isdir(f"{TREE}/certs"):
        shutil.copytree(f"{TREE}/certs", paths.CERTS, dirs_exist_ok=True, copy_function=_copy)
    if not os.path.exists(CNI):
        files.write(CNI, CNI_MANIFEST)
    os.makedirs(os.path.join(paths.SNAP_DATA, "var", "tmp"), exist_ok=True)
    os.makedirs(f"{paths.SNAP_COMMON}/run", exist_ok=True)
    if os.path.isdir(f"{TREE}/addons") and not os.path.isdir(ADDONS):
        shutil.copytree(f"{TREE}/addons", ADDONS, symlinks=True)
        shutil.rmtree(f"{ADDONS}/community", ignore_errors=True)
    if not os.path.exists(f"{ADDONS}/core/addons.yaml"):
        known = addon_catalogue.available(version)
        files.write(f"{ADDONS}/core/addons.yaml", addon_list.render(known), 0o664)
    for entry in os.listdir(ADDONS):
        if os.path.isfile(f"{ADDONS}/{entry}"):
            files.remove(f"{ADDONS}/{entry}")
    for addon in addon_list.parse(files.read(f"{ADDONS}/core/addons.yaml")):
        for verb in ("enable", "disable"):
            _write_switch(f"{ADDONS}/core/addons/{addon.name}/{verb}", verb, addon.name)


def _copy_missing(source: str, target: str) -> None:
    """Copy what is not there yet: the emulator's own files stay as its services expect them."""
    for folder, _, names in os.walk(source):
        here = os.path.normpath(f"{target}/{os.path.relpath(folder, source)}")
        os.makedirs(here, exist_ok=True)
        for name in names:
            if not os.path.exists(f"{here}/{name}"):
                _copy(f"{folder}/{name}", f"{here}/{name}")


def _copy(source: str, target: str) -> str:
    """Copy contents alone: the snap's files are read-only."""
    return shutil.copyfile(source, target)


def _write_switch(path: str, verb: str, name: str) -> None:
    """Stand in for an addon's own script, which would start workloads."""
    python = host.this_host().python
    call = f'exec {python} -I -S /opt/lab/emulator/run.py switch-addon {verb} {name} "$@"'
    files.remove(path)
    files.write(path, f"#!/bin/sh\n{call}\n", 0o755)
