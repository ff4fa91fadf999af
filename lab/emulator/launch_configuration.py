"""The default launch configuration, which enables dns some time after an installation."""

import time

from lab.emulator import api, host, objects

PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.2


def apply() -> None:
    """Enable dns in this node's own new cluster when its API answers; nobody is told."""
    own = objects.own_cluster_id()
    time.sleep(host.period("addons_seconds"))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and objects.own_cluster_id() == own:
        try:
            cluster = api.require()
        except (api.Down, api.NoQuorum):
            time.sleep(POLL_SECONDS)
            continue
        with objects.edited(cluster) as value:
            if "dns" not in value["addons"]:
                value["addons"].append("dns")
        return
