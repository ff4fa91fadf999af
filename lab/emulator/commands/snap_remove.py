"""`snap remove`."""

from lab.emulator import snap_client, snapd, terminal
from lab.emulator.commands import snap


def run(_verb: str, words: list[str]) -> None:
    for name in snap.names(words):
        # During a first installation there is nothing to remove yet, as in snapd: the change
        # that installs goes on, and the snap is there after this command has said it is not.
        if name != "microk8s" or not snapd.installed():
            terminal.err(f'snap "{name}" is not installed')
            continue
        purge = "--purge" in words
        snap_client.carry_out("remove-snap", {"purge": purge}, words)
        terminal.out("microk8s removed" + ("" if purge else " (snap data snapshot saved)"))
