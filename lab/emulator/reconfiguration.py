"""Offline change of a stopped datastore's membership, which `.reconfigure` and a rebind use."""

from lab.emulator import files, host, membership, objects


def reconfigure(folder: str, cluster_yaml: str) -> str:
    """Make the membership what the file lists; return what the tool says, OK for success."""
    if host.this_host().dqlite != "real":
        return _reconfigure_model(cluster_yaml)
    command = ["dqlite", "-s", "127.0.0.1:1", "k8s", f".reconfigure {folder} {cluster_yaml}"]
    import subprocess

    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def shared_membership() -> str:
    """Where the lab's world keeps the membership of this host's cluster, if it is emulated."""
    return f"{objects.folder(objects.own_cluster_id())}/membership.json"


def _reconfigure_model(cluster_yaml: str) -> str:
    members = membership.parse(files.read(cluster_yaml))
    if not members:
        return f"Error: cannot read {cluster_yaml}: no members listed"
    with files.edited_json(shared_membership(), {}) as value:
        value["members"], value["leader"] = members, ""
    return "OK"
