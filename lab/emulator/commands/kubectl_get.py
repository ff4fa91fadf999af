"""kubectl's reading verbs: get, describe, top, version."""

import json
import time
from typing import Any

from lab.emulator import api_metrics, kubernetes_json, objects, pods, snapd, terminal
from lab.emulator.commands.kubectl import Call

Json = dict[str, Any]
POOLS = "ipaddresspools.metallb.io"
KINDS = {
    "node": "nodes", "nodes": "nodes", "no": "nodes", "pod": "pods", "pods": "pods", "po": "pods",
    "svc": "services", "service": "services", "services": "services", "all": "all",
    "ep": "endpoints", "endpoint": "endpoints", "endpoints": "endpoints",
    "pdb": "poddisruptionbudgets", "poddisruptionbudget": "poddisruptionbudgets",
    "ipaddresspool": POOLS, "ipaddresspools": POOLS, POOLS: POOLS,
    "csr": "certificatesigningrequests",
    "lease": "leases", "leases": "leases", "leases.coordination.k8s.io": "leases",
}  # fmt: skip


def run(call: Call) -> int:
    if call.verb == "version":
        return _show_version(call)
    if call.verb == "top":
        return _show_top(call)
    if "--raw" in call.options:
        return _show_raw(call)
    if not call.words:
        terminal.fail("error: you must specify the type of resource to get")
    kind, _, name = call.words[0].partition("/")
    names = [name] if name else call.words[1:]
    kinds = [KINDS.get(each, each) for each in kind.split(",")]
    items = [item for each in kinds for item in _items(call, each, names)]
    single = bool(names) and len(items) == 1
    if call.output == "json":
        terminal.out(json.dumps(items[0] if single else _list(items), indent=4))
    elif call.output.startswith("go-template="):
        _show_template(call.output.partition("=")[2], items[0] if single else _list(items))
    elif call.output == "name":
        for item in items:
            terminal.out(f"{item['kind'].lower()}/{item['metadata']['name']}")
    elif call.output.startswith("jsonpath="):
        _show_path(call.output.partition("=")[2], items[0] if single else _list(items))
    else:
        _show_table(call, kinds[0], items)
    return 0


def _show_template(template: str, value: Json) -> None:
    from lab.emulator import go_template

    try:
        terminal.out(go_template.render(template, value), end="")
    except go_template.TemplateError as error:
        terminal.fail(f"error: error parsing template {template}, template: output:1: {error}")


def _show_path(template: str, value: Json) -> None:
    from lab.emulator import json_path

    try:
        terminal.out(json_path.render(template, value), end="")
    except json_path.PathError as error:
        terminal.fail(f"error: error parsing jsonpath {template}, {error}")


def _list(items: list[Json]) -> Json:
    metadata = {"resourceVersion": ""}
    return {"apiVersion": "v1", "items": items, "kind": "List", "metadata": metadata}


def _items(call: Call, kind: str, names: list[str]) -> list[Json]:
    if kind == "nodes":
        found = kubernetes_json.nodes(call.cluster)
    elif kind == "pods":
        found = _in_namespace(call, pods.listed(call.cluster))
    elif kind == "poddisruptionbudgets":
        found = _in_namespace(call, pods.budgets(call.cluster))
    elif kind == "leases":
        found = _in_namespace(call, kubernetes_json.leases(call.cluster))
    elif kind == "endpoints":
        found = _in_namespace(call, [kubernetes_json.endpoints(call.cluster)])
    elif kind == POOLS:
        found = _in_namespace(call, _address_pools(call.cluster))
    elif kind in ("services", "all"):
        found = _in_namespace(call, [_kubernetes_service()])
    else:
        found = _in_namespace(call, _applied(call.cluster, kind))
    found = [item for item in found if _matches(call.options.get("--selector", ""), item)]
    for name in names:
        if name not in [item["metadata"]["name"] for item in found]:
            terminal.fail(f'Error from server (NotFound): {kind} "{name}" not found')
    return [item for item in found if not names or item["metadata"]["name"] in names]


def _in_namespace(call: Call, items: list[Json]) -> list[Json]:
    wanted = call.options.get("--namespace", "default")
    if "--all-namespaces" not in call.options:
        items = [i for i in items if i["metadata"].get("namespace", wanted) == wanted]
    selector = call.options.get("--field-selector", "")
    if selector.startswith("spec.nodeName="):
        home = selector.partition("=")[2]
        items = [i for i in items if i.get("spec", {}).get("nodeName") == home]
    return items


def _matches(selector: str, item: Json) -> bool:
    labels = item["metadata"].get("labels", {})
    pairs = [part.partition("=") for part in selector.split(",") if part]
    return all(labels.get(key) == value.lstrip("=") for key, _, value in pairs)


def _kubernetes_service() -> Json:
    metadata = {"name": "kubernetes", "namespace": "default", "labels": {}}
    spec = {"clusterIP": "10.152.183.1", "ports": [{"port": 443}]}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def _applied(cluster: str, kind: str) -> list[Json]:
    wanted = kind.lower().rstrip("s").partition(".")[0]
    stored = objects.read(cluster)["applied"]
    return [item for item in stored if str(item.get("kind", "")).lower() == wanted]


def _address_pools(cluster: str) -> list[Json]:
    if "metallb" not in objects.read(cluster)["addons"]:  # which brings the kind
        terminal.fail('error: the server doesn\'t have a resource type "ipaddresspools"')
    return _applied(cluster, "ipaddresspool")


def _show_table(call: Call, kind: str, items: list[Json]) -> None:
    if not items:
        terminal.err("No resources found")
        return
    heads = {"nodes": _node_heads, "pods": _pod_heads, "endpoints": _endpoint_heads}.get(
        kind, _plain_heads
    )
    rows = [heads(call)] if "--no-headers" not in call.options else []
    make = {"nodes": _node_row, "pods": _pod_row, "endpoints": _endpoint_row}.get(kind, _plain_row)
    rows += [make(call, item) for item in items]
    widths = [max(len(row[i]) for row in rows) + 3 for i in range(len(rows[0]))]
    for row in rows:
        line = "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        terminal.out(line.rstrip())


def _node_heads(call: Call) -> list[str]:
    wide = ["INTERNAL-IP", "EXTERNAL-IP", "OS-IMAGE", "KERNEL-VERSION", "CONTAINER-RUNTIME"]
    return ["NAME", "STATUS", "ROLES", "AGE", "VERSION", *(wide if call.output == "wide" else [])]


def _node_row(call: Call, item: Json) -> list[str]:
    ready = next(c for c in item["status"]["conditions"] if c["type"] == "Ready")
    status = "Ready" if ready["status"] == "True" else "NotReady"
    status += ",SchedulingDisabled" if item["spec"].get("unschedulable") else ""
    prefix = "node-role.kubernetes.io/"
    labels = item["metadata"]["labels"]
    roles = ",".join(key.removeprefix(prefix) for key in labels if key.startswith(prefix))
    node_info = item["status"]["nodeInfo"]
    age = _age(item["metadata"]["creationTimestamp"])
    row = [item["metadata"]["name"], status, roles or "<none>", age, node_info["kubeletVersion"]]
    if call.output == "wide":
        address = item["status"]["addresses"][0]["address"]
        row += [address, "<none>", node_info["osImage"], node_info["kernelVersion"]]
        row += [node_info["containerRuntimeVersion"]]
    return row


def _pod_heads(call: Call) -> list[str]:
    first = ["NAMESPACE"] if "--all-namespaces" in call.options else []
    wide = ["NODE"] if call.output == "wide" else []
    return [*first, "NAME", "READY", "STATUS", "RESTARTS", *wide]


def _pod_row(call: Call, item: Json) -> list[str]:
    metadata = item["metadata"]
    first = [metadata["namespace"]] if "--all-namespaces" in call.options else []
    ready = "1/1" if item["status"]["containerStatuses"][0]["ready"] else "0/1"
    wide = [item["spec"].get("nodeName", "<none>")] if call.output == "wide" else []
    return [*first, metadata["name"], ready, item["status"]["phase"], "0", *wide]


def _endpoint_heads(_call: Call) -> list[str]:
    return ["NAME", "ENDPOINTS", "AGE"]


def _endpoint_row(_call: Call, item: Json) -> list[str]:
    subsets = item["subsets"]
    places = [f"{a['ip']}:{s['ports'][0]['port']}" for s in subsets for a in s["addresses"]]
    shown = ",".join(places[:3]) + (f" + {len(places) - 3} more..." if len(places) > 3 else "")
    return [item["metadata"]["name"], shown or "<none>", "1m"]


def _plain_heads(_call: Call) -> list[str]:
    return ["NAME"]


def _plain_row(_call: Call, item: Json) -> list[str]:
    return [f"{item['kind'].lower()}/{item['metadata']['name']}"]


def _age(created: str) -> str:
    import calendar

    then = calendar.timegm(time.strptime(created, "%Y-%m-%dT%H:%M:%SZ"))
    passed = max(0, int(time.time() - then))
    return f"{passed}s" if passed < 120 else f"{passed // 60}m"


def _show_raw(call: Call) -> int:
    path = call.options["--raw"].partition("?")[0]
    if path == "/metrics":
        terminal.out("\n".join(api_metrics.rows()))
        return 0
    if path not in ("/readyz", "/livez", "/healthz"):
        terminal.fail("Error from server (NotFound): the server could not find this resource")
    terminal.out("ok", end="")
    return 0


def _show_top(call: Call) -> int:
    if "metrics-server" not in objects.read(call.cluster)["addons"]:
        terminal.fail("error: Metrics API not available")
    terminal.out("NAME   CPU(cores)   CPU%   MEMORY(bytes)   MEMORY%")
    for item in kubernetes_json.nodes(call.cluster):
        terminal.out(f"{item['metadata']['name']}   120m         3%     1024Mi          12%")
    return 0


def _show_version(call: Call) -> int:
    version = str((snapd.installed() or {"version": "v0.0.0"})["version"])
    major, minor = version.removeprefix("v").split(".")[:2]
    version_info = {
        "major": major,
        "minor": minor,
        "gitVersion": version,
        "platform": "linux/amd64",
    }
    shown = {"clientVersion": version_info} | (
        {"serverVersion": version_info} if call.cluster else {}
    )
    if call.output == "json":
        terminal.out(json.dumps(shown, indent=2))
    else:
        terminal.out(f"Client Version: {version}")
        if call.cluster:
            terminal.out(f"Server Version: {version}")
    return 0
