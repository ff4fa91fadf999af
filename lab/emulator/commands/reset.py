"""`microk8s reset`."""

import os

from lab.emulator import api, journal, objects, terminal
from lab.emulator.commands import microk8s

MULTI_NODE = """\
This is a multi-node MicroK8s deployment. Reset is applicable for single node clusters.
Please remove all joined nodes before calling reset."""


def run(_verb: str, _words: list[str]) -> None:
    if os.getuid():
        text = "Elevated permissions is needed for this operation. "
        terminal.leave_with(50, f"{text}Please run this command with sudo.")
    microk8s.refuse_worker_in_two_lines()
    microk8s.require_running()
    try:
        cluster = api.require()
    except (api.Down, api.NoQuorum):
        terminal.leave_with(1, "Failed to query the cluster nodes.")
    if len(objects.read(cluster)["nodes"]) > 1:
        terminal.leave_with(0, MULTI_NODE)
    terminal.out("Disabling all addons.")
    with objects.edited(cluster) as value:
        nodes = value["nodes"]
        value.update(objects.empty())
        value["nodes"] = nodes
    journal.effect("reset")
