"""Runs one emulated command: `run.py COMMAND [WORD...]`."""

import os
import sys

PACKAGE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(os.path.dirname(PACKAGE)))
if not os.path.isdir(f"{PACKAGE}/__pycache__"):
    # The package is read-only in hosts: without this each command would compile it anew.
    sys.pycache_prefix = "/lab/world/pycache"

if __name__ == "__main__":
    from lab.emulator.entry import main

    main(sys.argv[1:])
