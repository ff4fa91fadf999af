"""Blocks of commands of a page, pasted into a shell that knows a stack which runs already."""

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def blocks_of(page):
    """Return the blocks of bash of a page of docs/how-to, in its order."""
    text = (ROOT / "docs" / "how-to" / page).read_text()
    return re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def paste(stack, block, *, seconds=500):
    """Run a block to its end and return what it printed; whatever is asked is answered with yes.

    A line that fails is an error.
    """
    environment = stack.environment | {
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        "CLUSTERWRIGHT_URL": f"http://127.0.0.1:{stack.port}",
        "CLUSTERWRIGHT_TOKEN": (stack.folder / "token").read_text().strip(),
        "COLUMNS": "120",
    }
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as person:
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", block],
            cwd=ROOT,
            env=environment,
            stdin=person.stdout,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        person.kill()
    assert done.returncode == 0, block + done.stdout + done.stderr
    return done.stdout
