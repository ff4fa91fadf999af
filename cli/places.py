"""Where the data directory and the files in it are."""

import os
from pathlib import Path

DEFAULT_URL = "http://127.0.0.1:8460"
DEFAULT_BIND = "127.0.0.1:8460"


def default_data_dir() -> Path:
    """Return the data directory that is used when none is named."""
    named = os.environ.get("CLUSTERWRIGHT_DATA")
    if named:
        return Path(named)
    share = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(share) / "clusterwright"


def token_file(data_dir: Path) -> Path:
    """Return the file that the API writes its first token to."""
    return data_dir / "token"


def keys_dir(data_dir: Path) -> Path:
    """Return the folder of SSH private keys; a host names a file in it."""
    return data_dir / "keys"


def logs_dir(data_dir: Path) -> Path:
    """Return the folder of the stack's logs."""
    return data_dir / "logs"
