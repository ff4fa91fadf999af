"""How faithful the emulator is: the same commands on two labs, one with a snap's own parts.

`python -m lab.fidelity DIR`, or `make fidelity SNAP=DIR`.
"""
