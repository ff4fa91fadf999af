"""Each block of docs/how-to/schedules.md runs as it is pasted, on the real API."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from serving import serving

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "how-to" / "schedules.md"


@pytest.fixture
def folder(tmp_path):
    """A folder in which the page's blocks find what they source."""
    for name in ("scripts", ".venv"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def test_each_block_of_the_page_runs_as_pasted(redis, settings, folder):
    with serving(redis, settings) as api:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "CLUSTERWRIGHT_URL": api.url,
            "CLUSTERWRIGHT_TOKEN": api.token,
        }
        told = []
        for block in re.findall(
            r"^```bash\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL
        ):
            done = subprocess.run(
                ["bash", "-eo", "pipefail", "-c", block],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, block + done.stdout + done.stderr
            told.append(done.stdout)

    added, put, resumed, windows, freezes, removed = told
    assert "verify of prod" in added
    assert '"kind":"refresh-certs"' in put
    assert "state:      on" in resumed
    assert "22:00 to 04:00 Europe/Berlin" in windows
    assert "the sale" in freezes
    assert removed.splitlines() == [
        f"{name}: removed" for name in ("sale", "nightly", "certs", "look")
    ]
