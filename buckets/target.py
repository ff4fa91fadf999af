"""Which bucket takes copies of backups, and with which credentials; read when asked."""

import configparser
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

TARGET = "CLUSTERWRIGHT_BACKUP_S3"
ENDPOINT = "CLUSTERWRIGHT_BACKUP_S3_ENDPOINT"
REGION = "CLUSTERWRIGHT_BACKUP_S3_REGION"
CA_FILE = "CLUSTERWRIGHT_BACKUP_S3_CA"
CREDENTIALS = "backup-s3/credentials"
"""Of the data directory, in the form of AWS' own file."""
USUAL_REGION = "us-east-1"
LARGEST_FILE = 16 * 1024

_TARGET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])((?:/[A-Za-z0-9._-]{1,100}){0,8})/?")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_KEY_ID = re.compile(r"[\x21-\x7e]{1,128}")


class BadTarget(ValueError):
    """A setting of the bucket, or the file of its credentials, means nothing."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What requests to the bucket are signed with; shown nowhere."""

    key_id: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Target:
    """A bucket, and what of it is ours."""

    bucket: str
    prefix: str
    """With which the names of all its objects begin: empty, or with a slash at its end."""
    endpoint: str
    region: str
    credentials_file: Path
    ca_file: Path | None = None
    """Who signed the server's certificate; ``None`` for those that the system trusts."""

    @property
    def is_encrypted(self) -> bool:
        return self.endpoint.startswith("https://")

    def address(self, key: str = "") -> str:
        """Return by which address people know an object."""
        return f"s3://{self.bucket}/{self.prefix}{key}"

    def credentials(self) -> Credentials:
        """Read the credentials; raises ``BadTarget``, which shows none of them."""
        return _credentials(self.credentials_file)


def target_from_env(data_dir: Path) -> Target | None:
    """Read the settings of the bucket; ``None`` where none is named. Raises ``BadTarget``."""
    text = os.environ.get(TARGET, "")
    if not text:
        return None
    found = _TARGET.fullmatch(text)
    if not found or any(part in {".", ".."} for part in found[2].split("/")):
        raise BadTarget(
            f"cannot use {TARGET}: {text[:80]!r} is no bucket; give one such as s3://backups/site-1"
        )
    region = os.environ.get(REGION, "") or USUAL_REGION
    if not _REGION.fullmatch(region):
        raise BadTarget(
            f"cannot use {REGION}: {region[:80]!r} is no region; give one such as {USUAL_REGION}"
        )
    prefix = found[2].strip("/")
    ca_file = os.environ.get(CA_FILE, "")
    return Target(
        found[1],
        f"{prefix}/" if prefix else "",
        _endpoint(),
        region,
        data_dir / CREDENTIALS,
        Path(ca_file) if ca_file else None,
    )


def _endpoint() -> str:
    text = os.environ.get(ENDPOINT, "").strip().rstrip("/")
    try:
        parts = urlsplit(text)
        is_whole = bool(parts.hostname) and parts.scheme in {"http", "https"}
        has_more = bool(parts.path or parts.query or parts.fragment) or parts.username is not None
        _ = parts.port  # a port that is none raises
    except ValueError:
        is_whole, has_more = False, True
    if not is_whole or has_more or not text.isprintable():
        shown = repr(text[:80]) if "@" not in text else "it"
        raise BadTarget(
            f"cannot use {ENDPOINT}: {shown if text else 'it is empty, and'} is no address of a "
            "server; set it to one such as https://s3.example.org:9000, without a path or a name"
        )
    return text


def _credentials(file: Path) -> Credentials:
    try:
        with file.open(encoding="utf-8") as opened:
            mode = stat.S_IMODE(os.fstat(opened.fileno()).st_mode)
            text = opened.read(LARGEST_FILE)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise BadTarget(
            f"cannot use {file}, the credentials of {TARGET}: {reason}; write aws_access_key_id "
            "and aws_secret_access_key there, below [default]; docs/how-to/backup.md has an example"
        ) from None
    if mode & 0o077:
        raise BadTarget(f"cannot use {file}: others may read it; chmod 600 {file}")
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        parser.read_string(text)
        row = parser["default"]
        found = Credentials(row["aws_access_key_id"], row["aws_secret_access_key"])
    except (configparser.Error, KeyError):  # whose messages show lines of the file
        found = Credentials("", "")
    if not _KEY_ID.fullmatch(found.key_id) or not _KEY_ID.fullmatch(found.secret):
        raise BadTarget(
            f"cannot use {file}: below [default] it has to have aws_access_key_id and "
            "aws_secret_access_key; docs/how-to/backup.md has an example"
        )
    return found
