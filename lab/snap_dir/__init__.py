"""A lab with MicroK8s' own parts, from the directory of an unpacked snap.

* `parts.py` decides which parts of a tree can be used, by what its texts ask for (`needs.py`).
* `tree.py` reads the tree and asks this machine what its Python has.
* `libraries.py` lends Python packages of this environment to the snap's scripts.
* `words.py` says it all in the lines of `lab up`, `lab status` and the demo.
* `lab/emulator/real_snap/` is the other half, inside the hosts.
"""
