"""Each block of docs/how-to/tokens.md runs as it is pasted, on the real API."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from serving import serving

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "how-to" / "tokens.md"


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

    self_told, made, listed, revoked = told
    assert "change (test-* in dev), destroy (test-* in dev)" in self_told
    assert '"token":"cw_' in made
    assert "board" in listed
    assert revoked.endswith("(ci): revoked\n")
