"""`snap services`, `snap start`, `snap stop` and `snap restart`."""

from lab.emulator import control, host, services, snapd, terminal


def run(verb: str, words: list[str]) -> int:
    names = [word for word in words if not word.startswith("-")]
    if not snapd.installed():
        terminal.fail('error: snap "microk8s" not found')
    chosen = services.named(names or ["microk8s"])
    if not chosen:
        service = names[0].partition(".")[2] or names[0]
        terminal.fail(f'error: snap "microk8s" has no service "{service}"')
    if verb == "services":
        return _show(chosen)
    if "--enable" in words or "--disable" in words:
        snapd.enable(chosen, "--enable" in words)
    if verb == "restart":
        # snapd restarts what runs; what was stopped stays stopped.
        running = control.active()
        chosen = [name for name in chosen if name in running]
    else:
        host.work("restart")
    control.ask(verb, chosen)
    terminal.out({"start": "Started.", "stop": "Stopped.", "restart": "Restarted."}[verb])
    return 0


def _show(chosen: list[str]) -> int:
    running = control.active()
    terminal.out(f"{'Service':<34}{'Startup':<10}{'Current':<10}Notes")
    for name in chosen:
        startup = "enabled" if snapd.is_enabled(name) else "disabled"
        current = "active" if name in running else "inactive"
        terminal.out(f"{'microk8s.' + name:<34}{startup:<10}{current:<10}-")
    return 0
