"""`systemd-run --on-active=SECONDS COMMAND`: a command that runs later, and once."""

import os
import re

from lab.emulator import control, terminal

WITHOUT_VALUE = ("--collect", "--quiet", "-G", "-q")
VALUES = ("--description", "--unit", "--on-active", "--timer-property", "--property", "-p")


def run(words: list[str]) -> int:
    options, command = _parsed(words)
    if os.getuid():
        terminal.fail("Failed to start transient timer unit: Interactive authentication required.")
    seconds = re.fullmatch(r"([0-9]+)(?:s|sec)?", options.get("--on-active", ""))
    if not seconds or not command:
        terminal.fail("systemd-run: the lab knows --on-active=SECONDS and a command alone")
    unit = options.get("--unit", f"run-r{os.urandom(8).hex()}")
    if not control.set_timer(unit, int(seconds[1]), command):
        terminal.fail(
            f"Failed to start transient timer unit: Unit {unit}.timer was already loaded "
            "or has a fragment file."
        )
    if not {"--quiet", "-q"} & options.keys():
        terminal.err(f"Running timer as unit: {unit}.timer")
        terminal.err(f"Will run service as unit: {unit}.service")
    return 0


def _parsed(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """The options with their values, and the command after them."""
    options: dict[str, str] = {}
    rest = list(words)
    while rest and rest[0].startswith("-"):
        name, has_value, value = rest.pop(0).partition("=")
        if name == "--":
            break
        if name not in (*WITHOUT_VALUE, *VALUES):
            terminal.fail(f"systemd-run: unrecognized option '{name}'")
        if name in VALUES and not has_value and rest:
            value = rest.pop(0)
        options[name] = value
    return options, rest
