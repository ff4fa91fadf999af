"""`run.py emulated COMMAND`: an emulated command that MicroK8s' own scripts call."""

from lab.emulator.commands import microk8s


def run(words: list[str]) -> int:
    return microk8s.run_emulated(words)
