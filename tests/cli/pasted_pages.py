"""The blocks of a page of the documentation, run as they are pasted, on the real API."""

import os
import re
import subprocess
from pathlib import Path

from serving import serving

ROOT = Path(__file__).resolve().parent.parent.parent


def pasted(page, redis, settings, folder):
    """Run each block of bash of a page in turn; return what each has printed."""
    for name in ("scripts", ".venv"):  # what the blocks source
        (folder / name).symlink_to(ROOT / name)
    text = (ROOT / "docs" / page).read_text()
    blocks = re.findall(r"^```bash\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    with serving(redis, settings) as api:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "CLUSTERWRIGHT_URL": api.url,
            "CLUSTERWRIGHT_TOKEN": api.token,
        }
        return [_printed(block, folder, environment) for block in blocks]


def _printed(block, folder, environment):
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", block],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, block + done.stdout + done.stderr
    return done.stdout
