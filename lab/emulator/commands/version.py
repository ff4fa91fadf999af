"""`microk8s version`."""

from lab.emulator import snapd, terminal


def run(_verb: str, _words: list[str]) -> None:
    snap = snapd.installed() or {"version": "v0.0.0", "revision": 0}
    terminal.out(f"MicroK8s {snap['version']} revision {snap['revision']}")
