"""`snap install`."""

import os
from contextlib import suppress

from lab.emulator import (
    control,
    files,
    host,
    journal,
    layout,
    paths,
    services,
    shims,
    snapd,
    store,
    terminal,
)
from lab.emulator.commands import snap

NEEDS_CLASSIC = """\
error: This revision of snap "microk8s" was published using classic confinement and thus may
       perform arbitrary system changes outside of the security sandbox that snaps are usually
       confined to, which may put your system at risk.

       If you understand and want to proceed repeat the command including --classic."""
LAUNCH_FILES = (
    "/etc/microk8s.yaml",
    "/root/snap/microk8s/common/.microk8s.yaml",
    f"{paths.SNAP_COMMON}/.microk8s.yaml",
)
GROUP_ID = 950


def run(_verb: str, words: list[str]) -> None:
    for name in snap.names(words):
        if name != "microk8s":
            _install_other(name)
            continue
        if snapd.installed():
            terminal.err(f"snap \"{name}\" is already installed, see 'snap help refresh'")
            continue
        _install(words)


def _install_other(name: str) -> None:
    if name not in ("core20", "core22", "core24", "snapd", "helm", "kubectl"):
        terminal.fail(f'error: snap "{name}" not found')
    terminal.out(f"{name} from Canonical** installed")


def _install(words: list[str]) -> None:
    release = find_release(snap.option(words, "channel", "latest/stable"))
    is_classic = "--classic" in words
    if not release.is_strict and not is_classic:
        terminal.fail(NEEDS_CLASSIC)
    with snapd.change("install-snap", 'Install "microk8s" snap'):
        host.work("install")
        _refuse_bad_launch_configuration()
        low_memory = layout.memory_kib() <= layout.LOW_MEMORY_KIB
        layout.create(release.revision, low_memory=low_memory)
        _add_group("snap_microk8s" if release.is_strict else "microk8s")
        shims.write_snap_commands(release.revision)
        snapd.remember(record(release, is_classic=is_classic))
        control.ask("start", list(services.ALL))
    journal.effect("install", channel=release.channel, version=release.version)
    terminal.out(f"microk8s {shown_channel(release)}{release.version} from Canonical** installed")


def shown_channel(release: store.Release) -> str:
    return "" if release.channel == "latest/stable" else f"({release.channel}) "


def record(release: store.Release, *, is_classic: bool) -> snapd.Snap:
    return {
        "version": release.version,
        "revision": release.revision,
        "channel": release.channel,
        "classic": is_classic,
        "held": "",
        "previous": [],
    }


def find_release(channel: str) -> store.Release:
    release = store.find(channel)
    if release is None:
        name = store.full_name(channel)
        text = f'error: snap "microk8s" not available on channel "{name}" '
        terminal.fail(f"{text}(see 'snap info microk8s')")
    return release


def _refuse_bad_launch_configuration() -> None:
    for path in LAUNCH_FILES:
        text = files.read(path)
        if text:
            version = next((x for x in text.splitlines() if x.startswith("version:")), "")
            number = version.partition(":")[2].strip().strip("\"'")
            if number not in ("0.1.0", "0.1.1", "0.1.2", "0.2.0"):
                _fail_hook(f"config file version is {number} but the maximum version supported")
            return


def _fail_hook(reason: str) -> None:
    terminal.fail(
        "error: cannot perform the following tasks:\n"
        '- Run install hook of "microk8s" snap if present (run hook "install": '
        f"{reason} is 0.2.0)"
    )


def _add_group(name: str) -> None:
    if not any(line.startswith(f"{name}:") for line in files.read("/etc/group").splitlines()):
        files.append("/etc/group", f"{name}:x:{GROUP_ID}:\n")
    for folder in (paths.CREDENTIALS, paths.BACKEND):
        for entry in (folder, *(f"{folder}/{item}" for item in os.listdir(folder))):
            # Where the lab has one user id only, there is no group to give the files to.
            with suppress(OSError):
                os.chown(entry, 0, GROUP_ID)
