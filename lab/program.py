"""Our own command as the person at the keyboard calls it, so that what we print can be pasted."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

PROGRAM = "clusterwright"


def program() -> str:
    """Return the command's name if a shell finds it, else the path by which it was called."""
    called = Path(sys.argv[0])
    if called.name != PROGRAM:
        return PROGRAM
    found = shutil.which(PROGRAM)
    if found and os.path.samefile(found, called):
        return PROGRAM
    return shlex.quote(str(called))
