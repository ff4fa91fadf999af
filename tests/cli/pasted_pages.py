"""The blocks of a page of the documentation, run as they are pasted, on the real API."""

import os
import re
import subprocess
from pathlib import Path

from serving import serving

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 120


def pasted(page, redis, settings, folder):
    """Run each block of bash of a page in turn; return what each has printed."""
    for name in ("scripts", ".venv"):  # what the blocks source
        (folder / name).symlink_to(ROOT / name)
    text = (ROOT / "docs" / page).read_text()
    blocks = re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    with serving(redis, settings) as api:
        return [printed(block, folder, api) for block in blocks]


def printed(block, folder, api):
    """Run one block against an API; return what it prints, having succeeded."""
    environment = {
        "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        "HOME": str(folder),
        "CLUSTERWRIGHT_URL": api.url,
        "CLUSTERWRIGHT_TOKEN": api.token,
    }
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", block],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, block + done.stdout + done.stderr
    return done.stdout
