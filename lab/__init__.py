"""A lab of simulated hosts on one Linux machine, reached over real SSH.

Each host has its own network address, host name, files and processes. What runs on it that would
need real hardware (snap, microk8s, systemctl and more) is emulated by ``lab.emulator``.
"""

from lab.errors import CannotStart, LabError, LabNotFound, LabRefused
from lab.lab import Lab, LabHost

__all__ = ["CannotStart", "Lab", "LabError", "LabHost", "LabNotFound", "LabRefused"]
