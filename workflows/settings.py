"""Where data, keys and Redis are; read from the environment when asked, never at import."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

DEFAULT_REDIS_URL = "redis://127.0.0.1:6379/0"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process."""

    data_dir: Path
    redis_url: str

    @property
    def keys_dir(self) -> Path:
        """The folder of SSH private keys; a host names a file in it."""
        return self.data_dir / "keys"

    @property
    def broker_url(self) -> str:
        """The Redis URL in the form that Celery wants: a socket is ``redis+socket://``."""
        parts = urlsplit(self.redis_url)
        if parts.scheme != "unix":
            return self.redis_url
        database = parse_qs(parts.query).get("db", ["0"])[0]
        return f"redis+socket://{parts.path}?virtual_host={database}"

    @classmethod
    def from_env(cls) -> "Settings":
        share = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
        data = os.environ.get("CLUSTERWRIGHT_DATA") or str(Path(share) / "clusterwright")
        return cls(Path(data), os.environ.get("REDIS_URL") or DEFAULT_REDIS_URL)
