"""kubectl's verbs on whole objects: delete, apply, wait, rollout status."""

import json
import sys
import time
from typing import Any

from lab.emulator import host, journal, objects, pods, terminal
from lab.emulator.commands import kubectl
from lab.emulator.commands.kubectl import Call

Json = dict[str, Any]


def run(call: Call) -> None:
    {"delete": _delete, "apply": _apply, "wait": _wait, "rollout": _rollout}[call.verb](call)


def _delete(call: Call) -> None:
    kind = call.words[0].partition("/")[0] if call.words else ""
    if kind in ("node", "nodes", "no"):
        for name in kubectl.node_names(call.words):
            _delete_node(call, name)
        return
    if kind in ("pod", "pods", "po"):
        for name in call.words[1:]:
            with objects.edited(call.cluster) as value:
                value["applied"] = [
                    i for i in value["applied"] if _identity(i)[:2] != ("pod", name)
                ]
            terminal.out(f'pod "{name}" deleted')
        return
    _delete_applied(call, kind, call.words[1:])


def _delete_node(call: Call, name: str) -> None:
    if name not in objects.read(call.cluster)["nodes"] and "--ignore-not-found" in call.options:
        return
    kubectl.stored_node(call.cluster, name)
    with objects.edited(call.cluster) as value:
        value["nodes"].pop(name, None)
    objects.Lease(call.cluster).end(name)
    terminal.out(f'node "{name}" deleted')
    journal.effect("node-deleted", node=name)


def _delete_applied(call: Call, kind: str, names: list[str]) -> None:
    singular = kind.lower().rstrip("s")
    with objects.edited(call.cluster) as value:
        for name in names:
            kept = [i for i in value["applied"] if _identity(i)[:2] != (singular, name)]
            if len(kept) == len(value["applied"]) and "--ignore-not-found" not in call.options:
                terminal.fail(f'Error from server (NotFound): {kind} "{name}" not found')
            value["applied"] = kept
            terminal.out(f'{singular} "{name}" deleted')


def _apply(call: Call) -> None:
    source = call.options.get("--filename", "")
    text = sys.stdin.read() if source == "-" else _file(source)
    wanted = _documents(text)
    if not wanted:
        terminal.fail("error: no objects passed to apply")
    with objects.edited(call.cluster) as value:
        known = {_identity(item): item for item in value["applied"]}
        for item in wanted:
            previous = known.get(_identity(item))
            if previous is not None and "status" in previous:  # which is not the applier's
                item = item | {"status": previous["status"]}
            known[_identity(item)] = item
            kind, name, _namespace = _identity(item)
            word = "created" if previous is None else "configured"
            terminal.out(f"{kind}/{name} {'unchanged' if previous == item else word}")
        value["applied"] = list(known.values())


def _file(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError as error:
        terminal.fail(f"error: open {path}: {(error.strerror or '').lower()}")


def _identity(item: Json) -> tuple[str, str, str]:
    metadata = item.get("metadata", {})
    return str(item["kind"]).lower(), str(metadata["name"]), str(metadata.get("namespace", ""))


def _documents(text: str) -> list[Json]:
    """The objects in the text: JSON as it is, of YAML only kind, name, namespace and the text."""
    stripped = text.strip()
    if stripped.startswith("{"):
        value: Json = json.loads(stripped)
        return list(value["items"]) if value.get("kind") == "List" else [value]
    parts = [part for part in f"\n{stripped}\n".split("\n---") if part.strip()]
    return [_from_yaml(part) for part in parts]


def _from_yaml(text: str) -> Json:
    found = {"name": "", "namespace": ""}
    kind, in_metadata = "", False
    for line in text.splitlines():
        key, _, value = line.partition(":")
        if not line.startswith((" ", "#")):
            in_metadata = key == "metadata"
            kind = value.strip() if key == "kind" else kind
        elif in_metadata and key.strip() in found and len(key) - len(key.lstrip()) <= 2:
            found[key.strip()] = value.strip().strip("\"'")
    if not kind or not found["name"]:
        terminal.fail("error: error validating data: kind or metadata.name not set")
    metadata = {key: value for key, value in found.items() if value}
    return {"kind": kind, "metadata": metadata, "manifest": text}


def _wait(call: Call) -> None:
    """Wait until nodes are Ready or deployments are available."""
    limit = kubectl.seconds(call.options.get("--timeout", ""), 30.0)
    deadline = time.monotonic() + limit
    is_about_nodes = bool(call.words) and call.words[0].partition("/")[0] in ("node", "nodes")
    if not is_about_nodes:
        terminal.out(f"{' '.join(call.words)} condition met")
        return
    lease = objects.Lease(call.cluster)
    stored = objects.read(call.cluster)["nodes"]
    names = sorted(stored) if "--all" in call.options else kubectl.node_names(call.words)
    for name in names:
        kubectl.stored_node(call.cluster, name)
        while not lease.is_fresh(name):
            if time.monotonic() > deadline:
                terminal.fail(f"error: timed out waiting for the condition on nodes/{name}")
            time.sleep(host.poll_interval(1.0))
        terminal.out(f"node/{name} condition met")


def _rollout(call: Call) -> None:
    target = call.words[1] if len(call.words) > 1 else ""
    short = target.partition("/")[2] or target
    running = [pod["metadata"]["name"] for pod in pods.listed(call.cluster)]
    if not any(name.startswith(short) for name in running):
        terminal.fail(f'Error from server (NotFound): deployments.apps "{short}" not found')
    terminal.out(f'deployment "{short}" successfully rolled out')
