"""Puts the emulator's commands into a new host's root: `install.py ROOT PYTHON`."""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def main(root: str, python: str) -> None:
    from lab.emulator import shims

    shims.write_host_commands(root.rstrip("/"), python)
    for folder in ("run", "snap/bin", "var/snap", "var/lib/snapd", "var/log"):
        os.makedirs(f"{root}/{folder}", exist_ok=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
