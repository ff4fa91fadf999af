"""`microk8s enable`, `microk8s disable` and `microk8s addons`."""

import time
from typing import NamedTuple, NoReturn

from lab.emulator import (
    addon_catalogue,
    address_pool,
    api,
    control,
    faults,
    files,
    host,
    journal,
    locks,
    objects,
    paths,
    services,
    snapd,
    terminal,
)
from lab.emulator.commands import microk8s

UNREACHABLE = (
    "HTTPSConnectionPool(host='{0}', port=25000): Max retries exceeded with url: "
    "/cluster/api/v1.0/configure (Caused by NewConnectionError: Failed to establish a connection)"
)
AGENT_SECONDS = 2.0
TITLES = {"metallb": "MetalLB", "dns": "CoreDNS"}
LATE_SECONDS = 3.0


class AddonRequest(NamedTuple):
    """One addon to enable or disable, as `[repository/]name[:argument]`."""

    name: str
    argument: str
    named_repository: bool


def run(verb: str, words: list[str]) -> int:
    microk8s.refuse_worker_in_two_lines()
    microk8s.require_permission()
    microk8s.require_running()
    if verb == "addons":
        return 0
    wanted = _wishes([word for word in words if not word.startswith("-")])
    if not wanted:
        terminal.fail(
            f"Usage: {verb}.py [OPTIONS] ADDONS...\n\nError: Missing argument 'ADDONS'.", 2
        )
    if len(wanted) > 1:
        terminal.out("Do not enable or disable multiple addons in one command.")
    with files.locked(f"{paths.LOCKS}/.microk8s-addon-lock"):
        for wish in wanted:
            _switch(verb, wish)
    return 0


def _wishes(words: list[str]) -> list[AddonRequest]:
    """Part addon names from the arguments that follow them."""
    found: list[AddonRequest] = []
    for word in words:
        if found and (word[0].isdigit() or not word.replace("-", "").replace(":", "").isascii()):
            found[-1] = found[-1]._replace(argument=word)
            continue
        place, _, argument = word.partition(":")
        repository, slash, name = place.rpartition("/")
        found.append(AddonRequest(name, argument, bool(slash and repository)))
    return found


def _switch(verb: str, wish: AddonRequest) -> None:
    cluster = _reach_api()
    version = str((snapd.installed() or {"version": "v1.36.0"})["version"])
    addon = addon_catalogue.find(wish.name, version)
    if addon is None:
        _refuse_unknown(wish)
    if wish.name in addon_catalogue.ALIASES:
        terminal.out(
            f"DEPRECATION WARNING: '{wish.name}' is deprecated and will soon be removed. "
            f"Please use '{addon.name}' instead.\n"
        )
    if not wish.named_repository:
        terminal.err(f"Infer repository core for addon {addon.name}")
    is_on = addon.name in objects.read(cluster)["addons"]
    if is_on is (verb == "enable"):
        terminal.out(f"Addon core/{addon.name} is already {verb}d")
        return
    if verb == "enable":
        _check_argument(addon.name, wish.argument)
        if faults.has("false-success"):
            terminal.out(f"{TITLES.get(addon.name, addon.name)} is enabled")
            return
    terminal.out(f"{'Enabling' if verb == 'enable' else 'Disabling'} {addon.description}")
    host.work("enable")
    with objects.edited(cluster) as value:
        others = [name for name in value["addons"] if name != addon.name]
        value["addons"] = [*others, addon.name] if verb == "enable" else others
        value["addon_arguments"][addon.name] = wish.argument
        if faults.has("pods-late"):
            late = {addon.name: time.time() + faults.seconds("pods-late", LATE_SECONDS)}
            value["pending_addons"] = value.get("pending_addons", {}) | late
    journal.effect("addon-changed", addon=addon.name, verb=verb)
    if addon.name == "metallb":
        address_pool.remove(cluster)
        if verb == "enable":
            # The manifest is applied; the pool follows once the controller is available.
            if faults.has("without-pool"):
                terminal.leave_with(1, "MetalLB controller is still not ready")
            address_pool.make(cluster, wish.argument.split(","))
    if addon.name in addon_catalogue.PUSHING:
        _push_to_every_node(cluster)
    if addon.name == "rbac":
        _authorize("RBAC,Node" if verb == "enable" else "AlwaysAllow")
    past = "terminated" if (verb, addon.name) == ("disable", "metallb") else f"{verb}d"
    terminal.out(f"{TITLES.get(addon.name, addon.name)} is {past}")


def _reach_api() -> str:
    try:
        return api.require()
    except (api.Down, api.NoQuorum) as error:
        terminal.fail(str(error))


def _refuse_unknown(wish: AddonRequest) -> NoReturn:
    if wish.named_repository:
        terminal.leave_with(0, f"Addon core/{wish.name} not found")
    terminal.leave_with(1, f"Addon {wish.name} was not found in any repository")


def _check_argument(name: str, argument: str) -> None:
    if name == "metallb":
        if not argument:
            text = "Enter each IP address range delimited by comma "
            terminal.fail(f"{text}(e.g. '10.64.140.43-10.64.140.49,192.168.0.105-192.168.0.111'): ")
        for part in argument.split(","):
            if not _is_range(part):
                terminal.leave_with(1, f"Your input value ({part}) is not a valid IP Range")
    if name == "dns" and argument and not all(map(_is_address, argument.split(","))):
        text = f"Your input value ({argument}) is not a valid and reachable IP address"
        terminal.leave_with(1, text)


def _is_range(text: str) -> bool:
    first, dash, last = text.partition("-")
    if dash:
        return _is_address(first) and _is_address(last)
    network, slash, bits = text.partition("/")
    return bool(slash) and _is_address(network) and bits.isdigit() and int(bits) <= 32


def _is_address(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 4 and all(part.isdigit() and int(part) < 256 for part in parts)


def _authorize(mode: str) -> None:
    """Change the API server's authorization, for which it is restarted."""
    path = f"{paths.ARGS}/kube-apiserver"
    lines = [x for x in files.read(path).splitlines() if not x.startswith("--authorization-mode=")]
    files.write(path, "\n".join([*lines, f"--authorization-mode={mode}", ""]))
    control.ask("restart", [services.KUBELITE])


def _push_to_every_node(cluster: str) -> None:
    """Push arguments to all agents; one that cannot be reached leaves the addon half applied."""
    import socket

    from lab.emulator.agent_port import PORT

    for node in objects.read(cluster)["nodes"].values():
        try:
            socket.create_connection((node["address"], PORT), AGENT_SECONDS).close()
        except OSError:
            terminal.out("Failed to reach node.")
            terminal.leave_with(1, UNREACHABLE.format(node["address"]))
    if faults.has("push-fails") or not locks.is_installed():
        terminal.leave_with(1, "Failed to reach node.")
