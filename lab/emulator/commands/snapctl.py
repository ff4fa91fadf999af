"""`snapctl`, by which the snap's scripts reach snapd."""

from lab.emulator import control, services, snapd, terminal
from lab.emulator.commands import snap_services


def run(words: list[str]) -> int:
    verb, rest = (words[0], words[1:]) if words else ("", [])
    names = [word for word in rest if not word.startswith("-")]
    if verb == "services":
        return snap_services.run("services", names or ["microk8s"])
    if verb in ("start", "stop", "restart"):
        return _act(verb, names, rest)
    if verb == "get":
        for name in names:
            terminal.out(snapd.settings().get(name, ""))
        return 0
    if verb not in ("is-connected", "set", "unset"):
        terminal.fail(f"error: unknown command {verb!r}")
    return 0


def _act(verb: str, names: list[str], words: list[str]) -> int:
    chosen = services.named(names)
    if not chosen:
        terminal.fail(f"error: unknown service: {' '.join(names)}")
    if "--enable" in words or "--disable" in words:
        snapd.enable(chosen, "--enable" in words)
    if verb == "restart" and names == ["microk8s"]:
        # A service that is named is started as well; of the whole snap only what runs.
        running = control.active()
        chosen = [name for name in chosen if name in running]
    control.ask(verb, chosen)
    return 0
