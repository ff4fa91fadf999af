"""`microk8s kubectl` on a control plane: the way to the API, then the verb's own module."""

from typing import NamedTuple

from lab.emulator import api, host, objects, terminal
from lab.emulator.commands import microk8s

VERBS = {
    "get": "kubectl_get",
    "top": "kubectl_get",
    "describe": "kubectl_get",
    "version": "kubectl_get",
    "label": "kubectl_nodes",
    "annotate": "kubectl_nodes",
    "taint": "kubectl_nodes",
    "cordon": "kubectl_drain",
    "uncordon": "kubectl_drain",
    "drain": "kubectl_drain",
    "delete": "kubectl_objects",
    "apply": "kubectl_objects",
    "wait": "kubectl_objects",
    "rollout": "kubectl_objects",
    "certificate": "kubectl_certificate",
}
VALUED = (
    "-o", "--output", "-n", "--namespace", "-l", "--selector", "-f", "--filename", "--for",
    "--timeout", "--request-timeout", "--kubeconfig", "--raw", "--field-selector",
    "--grace-period", "--pod-selector",
)  # fmt: skip
SHORT = {"-o": "--output", "-n": "--namespace", "-l": "--selector", "-f": "--filename"}
SHORT |= {"-A": "--all-namespaces"}
NO_QUORUM = "Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded)"
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class Call(NamedTuple):
    """A parsed kubectl command line."""

    cluster: str
    verb: str
    words: list[str]
    options: dict[str, str]

    @property
    def output(self) -> str:
        return self.options.get("--output", "")


def run(_verb: str, words: list[str]) -> int:
    microk8s.refuse_worker("Please use the microk8s kubectl on the master.", 0)
    microk8s.require_permission()
    microk8s.require_running()
    return execute(words)


def execute(words: list[str]) -> int:
    from importlib import import_module

    rest, options = parse(words)
    if not rest or rest[0] not in VERBS:
        terminal.fail(f'error: unknown command "{" ".join(rest[:1])}" for "kubectl"')
    needs_no_api = rest[0] == "version" and "--client" in options
    cluster = "" if needs_no_api else _reach_api(options)
    module = import_module(f"lab.emulator.commands.{VERBS[rest[0]]}")
    result: int | None = module.run(Call(cluster, rest[0], rest[1:], options))
    return result or 0


def parse(words: list[str]) -> tuple[list[str], dict[str, str]]:
    """Part plain words from options; an option without a value has the value `true`."""
    rest: list[str] = []
    options: dict[str, str] = {}
    queue = list(words)
    while queue:
        word = queue.pop(0)
        # `-` alone means standard input; `key-` removes a label.
        if not word.startswith("-") or word == "-":
            rest.append(word)
            continue
        name, equals, value = word.partition("=")
        if name[:2] in ("-o", "-n", "-l") and len(name) > 2 and not name.startswith("--"):
            name, value, equals = name[:2], word[2:].removeprefix("="), "="
        if not equals:
            value = queue.pop(0) if name in VALUED and queue else "true"
        options[SHORT.get(name, name)] = value
    return rest, options


def seconds(text: str, default: float) -> float:
    """The duration in kubectl's notation, for example `10s`; 0 means the default."""
    for unit, factor in UNITS.items():
        number = text.removesuffix(unit)
        if number != text and number.replace(".", "").isdigit():
            return float(number) * factor or default
    return float(text) or default if text.isdigit() else default


def _reach_api(options: dict[str, str]) -> str:
    import time

    try:
        return api.require()
    except api.Down as error:
        terminal.fail(str(error))
    except api.NoQuorum:
        # Without a leader the API server does not answer: kubectl waits for its own timeout.
        patience = seconds(options.get("--request-timeout", ""), 30.0)
        time.sleep(host.this_host().choose(0.0, min(patience, 3.0), patience))
        terminal.fail(NO_QUORUM)


def stored_node(cluster: str, name: str) -> objects.Node:
    """The stored node, or the API's own error."""
    found: objects.Node | None = objects.read(cluster)["nodes"].get(name)
    if found is None:
        terminal.fail(f'Error from server (NotFound): nodes "{name}" not found')
    return found


def node_names(words: list[str]) -> list[str]:
    """The names in `node NAME...`, `nodes NAME...` or `node/NAME ...`."""
    kinds = ("node", "nodes", "no")
    plain = [word for word in words if word not in kinds]
    return [word.partition("/")[2] if "/" in word else word for word in plain]
