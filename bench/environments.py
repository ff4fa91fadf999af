"""Virtual environments beside the product's own: contenders' and the plots', never in ``.venv``."""

import hashlib
import subprocess
import sys
from pathlib import Path

from bench.processes import CannotMeasure

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv-bench"
STAMP = "requirements.sha256"


def environment_of(name: str, requirements: Path) -> Path:
    """Return the folder of programs of an environment; make it when its requirements are new."""
    home = FOLDER / name
    stamp = home / STAMP
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != wanted:
        run([sys.executable, "-m", "venv", "--clear", str(home)], f"make environment {name}")
        pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        install = [*pip, "--disable-pip-version-check", "-r", str(requirements)]
        run(install, f"fill environment {name}")
        stamp.write_text(wanted)
    return home / "bin"


def run(command: list[str], what: str) -> None:
    """Run a program to its end; refuse to go on when it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise CannotMeasure(f"cannot {what}: {(done.stderr or done.stdout)[-2000:]}")
