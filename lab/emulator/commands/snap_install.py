"""`snap install`."""

from lab.emulator import snap_client, snap_errors, snapd, store, terminal
from lab.emulator.commands import snap

NEEDS_CLASSIC = """\
error: This revision of snap "microk8s" was published using classic confinement and thus may
       perform arbitrary system changes outside of the security sandbox that snaps are usually
       confined to, which may put your system at risk.

       If you understand and want to proceed repeat the command including --classic."""


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
    release = find_release(snap.option(words, "channel", "latest/stable"), "install")
    is_classic = "--classic" in words
    if not release.is_strict and not is_classic:
        terminal.fail(NEEDS_CLASSIC)
    params = release._asdict() | {"classic": is_classic and not release.is_strict}
    snap_client.carry_out("install-snap", params, words)
    terminal.out(f"microk8s {shown_channel(release)}{release.version} from Canonical** installed")


def shown_channel(release: store.Release) -> str:
    return "" if release.channel == "latest/stable" else f"({release.channel}) "


def find_release(channel: str, action: str) -> store.Release:
    release = store.find(channel)
    if release is None:
        terminal.fail(snap_errors.channel_not_available(store.full_name(channel), action))
    return release
