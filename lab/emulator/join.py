"""Runs `microk8s join` under the file name that probes for a running join look for."""

import os
import sys

PACKAGE = os.path.dirname(os.path.abspath(__file__))
# `light` stands in for modules of the standard library that take long to import.
sys.path[:0] = [f"{PACKAGE}/light", os.path.dirname(os.path.dirname(PACKAGE))]
if not os.path.isdir(f"{PACKAGE}/__pycache__"):
    sys.pycache_prefix = "/lab/world/pycache"

if __name__ == "__main__":
    from lab.emulator.entry import main

    main(["microk8s", "join", *sys.argv[1:]])
