"""The command `snap`: finds the module of its sub-command."""

import os

from lab.emulator import terminal

MODULES = {
    "install": "snap_install",
    "refresh": "snap_refresh",
    "revert": "snap_refresh",
    "switch": "snap_refresh",
    "remove": "snap_remove",
    "list": "snap_show",
    "info": "snap_show",
    "services": "snap_services",
    "start": "snap_services",
    "stop": "snap_services",
    "restart": "snap_services",
    "changes": "snap_changes",
    "change": "snap_changes",
    "tasks": "snap_changes",
    "abort": "snap_changes",
    "watch": "snap_changes",
    "wait": "snap_system",
    "set": "snap_system",
    "get": "snap_system",
    "version": "snap_system",
    "--version": "snap_system",
    "ack": "snap_system",
}
NEEDS_ROOT = (
    "install", "refresh", "revert", "switch", "remove", "start", "stop", "restart", "set", "ack",
    "abort",
)  # fmt: skip


def run(words: list[str]) -> int:
    from importlib import import_module

    if not words or words[0] not in MODULES:
        terminal.fail(f"error: unknown command \"{' '.join(words[:1])}\", see 'snap help'.", 64)
    verb = words[0]
    if verb in NEEDS_ROOT and os.getuid() and "--hold" not in words:
        terminal.fail("error: access denied (try with sudo)")
    module = import_module(f"lab.emulator.commands.{MODULES[verb]}")
    result: int | None = module.run(verb, words[1:])
    return result or 0


def option(words: list[str], name: str, default: str = "") -> str:
    """The value of `--name=value` or `--name value`."""
    for index, word in enumerate(words):
        if word.startswith(f"--{name}="):
            return word.partition("=")[2]
        if word == f"--{name}" and index + 1 < len(words):
            return words[index + 1]
    return default


def names(words: list[str]) -> list[str]:
    """The words that are neither options nor the value of one."""
    found: list[str] = []
    follows_option = False
    for word in words:
        if not word.startswith("-") and not follows_option:
            found.append(word)
        follows_option = word in ("--channel", "--revision", "-n")
    return found
