"""`systemctl`: the snap's services through the daemon, other units as a record."""

import os

from lab.emulator import control, faults, files, host, paths, services, snapd, terminal

UNITS_FILE = f"{paths.SNAPD_STATE}/units.json"
# Units that a lab host has from the start: whether they are active.
USUAL = {
    "ssh": True, "sshd": True, "cron": True, "snapd": True, "systemd-timesyncd": True,
    "snapd.seeded": True, "dbus": True, "chrony": False, "chronyd": False, "ufw": False,
    "firewalld": False, "docker": False, "containerd": False, "multipathd": False, "iscsid": False,
    "k3s": False, "kubelet": False, "unattended-upgrades": False,
}  # fmt: skip
PREFIX = "snap.microk8s."
TIMER = ".timer"
VERBS = (
    "start", "stop", "restart", "reload", "enable", "disable", "is-active", "is-enabled",
    "is-failed", "status", "show", "mask", "unmask", "try-restart", "reload-or-restart",
)  # fmt: skip
POWER = ("reboot", "poweroff", "halt")


def run(words: list[str]) -> int:
    plain = [word for word in words if not word.startswith("-")]
    verb = plain[0] if plain else "list-units"
    if verb in POWER:
        os.execv(f"/usr/local/bin/{verb}", [verb])  # noqa: S606 # the lab's own command
    if verb == "daemon-reload":
        control.ask("reload")
    if verb in ("daemon-reload", "reset-failed"):
        return 0
    if verb == "kill":
        return _kill(plain[1:], words)
    if verb == "is-system-running":
        terminal.out("running")
        return 0
    if verb in ("list-units", "list-unit-files"):
        return _list()
    if verb not in VERBS:
        terminal.fail(f"Unknown command verb {verb}.")
    statuses = [_on_unit(verb, _short(name), words) for name in plain[1:]]
    return max(statuses, default=0) if verb != "is-active" else min(statuses, default=0)


def _short(unit: str) -> str:
    return unit.removesuffix(".service").removesuffix(".socket")


def _on_unit(verb: str, unit: str, words: list[str]) -> int:
    known, active, enabled = _state(unit)
    quiet = "-q" in words or "--quiet" in words
    if verb == "is-active":
        return _say("active" if active else "inactive", 0 if active else 3, quiet)
    if verb == "is-failed":
        return _say("active" if active else "inactive", 1, quiet)
    if verb == "is-enabled":
        if not known:
            terminal.err(f"Failed to get unit file state for {unit}.service: No such file")
            return 1
        return _say("enabled" if enabled else "disabled", 0 if enabled else 1, quiet)
    if verb in ("status", "show"):
        return _status(verb, unit, known=known, active=active)
    if not known:
        whole, lack = (unit, "loaded") if unit.endswith(TIMER) else (f"{unit}.service", "found")
        terminal.err(f"Failed to {verb} {whole}: Unit {whole} not {lack}.")
        return 5
    if os.getuid():
        terminal.err(f"Failed to {verb} {unit}.service: Interactive authentication required.")
        return 1
    return _act(verb, unit, now="--now" in words)


def _kill(names: list[str], words: list[str]) -> int:
    """Send SIGKILL to all that the units run, at once; other signals are not the lab's."""
    if not {"--signal=KILL", "--signal=SIGKILL"} & set(words):
        terminal.fail("systemctl: the lab knows kill --signal=KILL alone")
    if os.getuid():
        terminal.fail("Failed to kill unit: Interactive authentication required.")
    running = [PREFIX + name for name in control.active()]
    down = [name for name in map(_short, names) if name not in running]
    control.ask("kill", [_short(name).removeprefix(PREFIX) for name in names])
    for name in down:
        terminal.err(f"Failed to kill unit {name}.service: Unit {name}.service not loaded.")
    return 1 if down else 0


def _say(word: str, status: int, quiet: bool) -> int:
    if not quiet:
        terminal.out(word)
    return status


def _state(unit: str) -> tuple[bool, bool, bool]:
    """Whether the unit is known, active and enabled."""
    if unit.startswith(PREFIX):
        name = unit.removeprefix(PREFIX)
        known = bool(snapd.installed()) and name in services.ALL
        return known, known and name in control.active(), known and snapd.is_enabled(name)
    if unit.endswith(TIMER):
        is_waiting = unit.removesuffix(TIMER) in control.timers()
        return is_waiting, is_waiting, False
    if unit == "snapd" and faults.exists("snapd-dead"):
        return True, False, True
    record = files.read_json(UNITS_FILE, {}).get(unit)
    if record is not None:
        return True, record["active"], record["enabled"]
    active = USUAL.get(unit, False)
    known = active or os.path.exists(f"/etc/systemd/system/{unit}.service")
    return known or _was_installed(unit), active, active


def _was_installed(unit: str) -> bool:
    """Whether the package that brings the unit, such as chrony, was installed on this host."""
    package = unit if unit != "chronyd" else "chrony"
    return f"Package: {package}\n" in files.read("/var/lib/dpkg/status")


def _status(verb: str, unit: str, *, known: bool, active: bool) -> int:
    word = "active (running)" if active else "inactive (dead)"
    if verb == "show":
        load = "loaded" if known else "not-found"
        terminal.out(f"ActiveState={word.split()[0]}\nLoadState={load}\nId={unit}.service")
        return 0
    if not known:
        terminal.err(f"Unit {unit}.service could not be found.")
        return 4
    terminal.out(f"* {unit}.service - {unit}\n     Loaded: loaded\n     Active: {word}")
    return 0 if active else 3


def _act(verb: str, unit: str, *, now: bool) -> int:
    if unit.startswith(PREFIX):
        return _act_on_snap(verb, [unit.removeprefix(PREFIX)], now=now)
    if unit.endswith(TIMER):
        if verb == "stop":
            control.stop_timer(unit.removesuffix(TIMER))
        return 0
    with files.edited_json(UNITS_FILE, {}) as units:
        usual = USUAL.get(unit, False)
        record = units.setdefault(unit, {"active": usual, "enabled": usual})
        if verb in ("enable", "disable"):
            record["enabled"] = verb == "enable"
            record["active"] = record["enabled"] if now else record["active"]
        elif verb not in ("mask", "unmask", "reload"):
            record["active"] = verb != "stop"
    return 0


def _act_on_snap(verb: str, names: list[str], *, now: bool) -> int:
    if verb in ("enable", "disable"):
        snapd.enable(names, verb == "enable")
    action = {"enable": "start", "disable": "stop"}.get(verb, verb)
    if verb not in ("enable", "disable") or now:
        control.ask("restart" if "restart" in action else action, names)
    return 0


def _list() -> int:
    running = control.active()
    for name in services.ALL if snapd.installed() else ():
        word = "active running" if name in running else "inactive dead"
        terminal.out(f"{PREFIX}{name}.service loaded {word} {host.hostname()}")
    return 0
