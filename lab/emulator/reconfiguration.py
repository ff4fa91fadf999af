"""Offline change of a stopped datastore's membership, which `.reconfigure` and a rebind use."""

from lab.emulator import files, host, membership, objects, raft_log


def reconfigure(folder: str, cluster_yaml: str) -> str:
    """Make the membership what the file lists; return what the tool says, OK for success."""
    if host.this_host().dqlite != "real":
        return _reconfigure_model(folder.rstrip("/"), cluster_yaml)
    command = ["dqlite", "-s", "127.0.0.1:1", "k8s", f".reconfigure {folder} {cluster_yaml}"]
    import subprocess

    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def shared_membership() -> str:
    """Where the lab's world keeps the membership of this host's cluster, if it is emulated."""
    return f"{objects.folder(objects.own_cluster_id())}/membership.json"


def _reconfigure_model(folder: str, cluster_yaml: str) -> str:
    """Go on from the log of this folder, whether or not another's goes further."""
    members = membership.parse(files.read(cluster_yaml))
    if not members:
        return f"Error: cannot read {cluster_yaml}: no members listed"
    own = raft_log.read(folder)
    log = own.appended(max(own.term, 1))
    raft_log.write(folder, log, is_closed=True)
    with files.edited_json(shared_membership(), {}) as value:
        value["members"], value["leader"], value["log"] = members, "", log.as_list()
    return "OK"
