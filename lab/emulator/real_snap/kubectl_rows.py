"""What the snap's scripts ask of `kubectl get` and only they need: lists of several kinds."""

from lab.emulator import addon_catalogue, api, files, objects, paths, pods, terminal
from lab.emulator.real_snap import addon_list
from lab.emulator.real_snap.plan import is_shown

ADDON_FILE = f"{paths.SNAP_COMMON}/addons/core/addons.yaml"


def answer(rest: list[str]) -> bool:
    """Print the rows for `get all,...` and `get clusterroles`; False for anything else."""
    if not is_shown() or len(rest) != 2 or rest[0] != "get":
        return False
    if rest[1] == "clusterroles":
        if "rbac" in objects.read(_require())["addons"]:
            terminal.out("clusterrole.rbac.authorization.k8s.io/cluster-admin   2026-01-01")
        return True
    if rest[1] != "all" and not rest[1].startswith("all,"):
        return False
    cluster = _require()
    for pod in pods.listed(cluster):
        terminal.out(f"kube-system   pod/{pod['metadata']['name']}   1/1   Running")
    terminal.out("default   service/kubernetes   ClusterIP   10.152.183.1   443/TCP")
    for row in enabled_rows(objects.read(cluster)["addons"], files.read(ADDON_FILE)):
        terminal.out(f"kube-system   {row}")
    return True


def enabled_rows(enabled: list[str], addons_yaml: str) -> list[str]:
    """The objects by which the scripts know an addon: those that its check names."""
    wanted = {addon_catalogue.ALIASES.get(name, name) for name in enabled}
    listed = addon_list.parse(addons_yaml)
    return [entry.check for entry in listed if entry.name in wanted and _is_row(entry.check)]


def _is_row(check: str) -> bool:
    return bool(check) and not check.startswith(("$", "clusterrole"))


def _require() -> str:
    try:
        return api.require()
    except (api.Down, api.NoQuorum) as error:
        terminal.fail(str(error))
