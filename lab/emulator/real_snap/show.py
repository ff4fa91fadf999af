"""Shows an installed snap's own files on the host, with what they need around them."""

from lab.emulator import files
from lab.emulator.real_snap import data, view
from lab.emulator.real_snap.plan import is_shown, plan

KEPT = ("bin/dqlite", "kubectl")
"""What the emulator has put there: kubectl is emulated, the dqlite shell is called through it."""
HELM = "#!/bin/sh\necho helm: not on lab hosts >&2\nexit 1\n"


def show(mount: str, snapctl: str) -> None:
    """Fill `mount`; `snapctl` is the line of shell that stands for that program."""
    view.build(mount, KEPT)
    files.write(f"{mount}/usr/bin/snapctl", f"#!/bin/sh\n{snapctl}", 0o755)
    if not view.has_program(mount, "bin/helm"):
        # Only its being there is looked at, by the list of addons.
        files.write(f"{mount}/bin/helm", HELM, 0o755)


def fill_data() -> None:
    """Put into the data folders what the snap's own scripts read there, once there are any."""
    if is_shown():
        data.lay_out(str(plan().get("version", "v1.36.0")))
