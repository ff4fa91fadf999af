"""Runs one emulated command: `run.py COMMAND [WORD...]`."""

import os
import sys

PACKAGE = os.path.dirname(os.path.abspath(__file__))
# `light` stands in for modules of the standard library that take long to import.
sys.path[:0] = [f"{PACKAGE}/light", os.path.dirname(os.path.dirname(PACKAGE))]
if not os.path.isdir(f"{PACKAGE}/__pycache__"):
    # The package is read-only in hosts: without this each command would compile it anew.
    sys.pycache_prefix = "/lab/world/pycache"

if __name__ == "__main__":
    from lab.emulator.entry import main

    main(sys.argv[1:])
