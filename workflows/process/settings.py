"""Where data, keys and Redis are; read from the environment when asked, never at import."""

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from buckets.target import BadTarget, Target, target_from_env
from cluster.allowed_networks import (
    EVERY_USUAL,
    SETTING,
    USUAL,
    AllowedNetworks,
    Network,
)
from workflows.process.limit_settings import USUAL_LIMITS, BadLimits, Limits, limits_from_env
from workflows.process.oidc_settings import BadOidcSetting, OidcSettings, oidc_settings

DEFAULT_REDIS_URL = "redis://127.0.0.1:6379/0"
LONGEST_STEP_SECONDS = 3 * 3600
OBSERVATION_SECONDS = 15 * 60
KEEP_JOBS, KEEP_DAYS = 500, 90
AUDIT_RECORDS, AUDIT_DAYS = 100_000, 400
FEWEST_AUDIT_RECORDS = 1000


class BadSetting(ValueError):
    """An environment variable has a value that means nothing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process."""

    data_dir: Path
    redis_url: str
    trusted_proxies: tuple[Network, ...] = ()
    """Whose ``X-Forwarded-For`` is believed when failures are counted."""
    allowed_networks: AllowedNetworks = EVERY_USUAL
    """Where hosts may be."""
    connections_per_address: int = 0
    """How many connections of one address may wait for their client; 0 for the default."""
    observation_seconds: int = OBSERVATION_SECONDS
    """How long a cluster is taken to be as it was last seen."""
    keep_jobs: int = KEEP_JOBS
    """How many finished jobs of a cluster are kept."""
    keep_days: int = KEEP_DAYS
    """How long a finished job is kept."""
    audit_records: int = AUDIT_RECORDS
    """How many records of the audit log Redis keeps; its file keeps all."""
    audit_days: int = AUDIT_DAYS
    """How long Redis keeps a record of the audit log."""
    step_seconds: int = LONGEST_STEP_SECONDS
    """How long a step may take before it is told to stop; then its process is killed."""
    oidc: OidcSettings | None = None
    """Whose identities are believed beside our own tokens; ``None`` for nobody's."""
    limits: Limits = USUAL_LIMITS
    """How often somebody may ask the API."""

    receiver_networks: tuple[Network, ...] = ()
    """Where receivers of events may be, beside public addresses."""
    backup_target: Target | None = None
    """The bucket that takes copies of backups; ``None`` where they stay in the data directory."""
    public_url: str = ""
    """By which address people reach the page; receivers of events are told links below it."""

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
        return cls(
            Path(data),
            os.environ.get("REDIS_URL") or DEFAULT_REDIS_URL,
            trusted_proxies=_networks("CLUSTERWRIGHT_TRUSTED_PROXIES"),
            allowed_networks=_allowed_networks(),
            connections_per_address=_number("CLUSTERWRIGHT_CONNECTIONS_PER_ADDRESS"),
            observation_seconds=_number("CLUSTERWRIGHT_OBSERVATION_SECONDS") or OBSERVATION_SECONDS,
            keep_jobs=_number("CLUSTERWRIGHT_KEEP_JOBS") or KEEP_JOBS,
            keep_days=_number("CLUSTERWRIGHT_KEEP_DAYS") or KEEP_DAYS,
            audit_records=_audit_records(),
            audit_days=_number("CLUSTERWRIGHT_AUDIT_DAYS") or AUDIT_DAYS,
            step_seconds=_number("CLUSTERWRIGHT_STEP_SECONDS") or LONGEST_STEP_SECONDS,
            oidc=_oidc(Path(data)),
            limits=_limits(),
            receiver_networks=_networks("CLUSTERWRIGHT_RECEIVER_NETWORKS"),
            backup_target=_backup_target(Path(data)),
            public_url=_address("CLUSTERWRIGHT_PUBLIC_URL"),
        )


def is_address(text: str) -> bool:
    """Say whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Say whether an address belongs to one of the networks; what is no address does not."""
    if not networks or not is_address(address):
        return False
    found = ipaddress.ip_address(address)
    return any(found in network for network in networks)


def _networks(name: str) -> tuple[Network, ...]:
    """Read a list of networks with commas between them."""
    texts = [text.strip() for text in os.environ.get(name, "").split(",") if text.strip()]
    try:
        return tuple(ipaddress.ip_network(text) for text in texts)
    except ValueError as error:
        raise BadSetting(
            f"cannot use {name}: {error}; give networks such as 10.0.0.0/8, with commas between"
        ) from None


def _address(name: str) -> str:
    """Read the address of a page, without the slash at its end."""
    text = os.environ.get(name, "").strip().rstrip("/")
    if text and not (text.startswith(("http://", "https://")) and urlsplit(text).hostname):
        raise BadSetting(
            f"cannot use {name}: {text[:80]!r} is no address; give one such as "
            "https://clusterwright.example.org"
        )
    return text


def _allowed_networks() -> AllowedNetworks:
    try:
        return AllowedNetworks.read(os.environ.get(SETTING, ""))
    except ValueError as error:
        raise BadSetting(
            f"cannot use {SETTING}: {error}; give networks such as 10.0.0.0/8, with commas "
            f"between, and {USUAL} for all that are neither loopback, link-local nor multicast"
        ) from None


def _oidc(data_dir: Path) -> OidcSettings | None:
    try:
        return oidc_settings(data_dir)
    except BadOidcSetting as error:
        raise BadSetting(str(error)) from None


def _backup_target(data_dir: Path) -> Target | None:
    try:
        return target_from_env(data_dir)
    except BadTarget as error:
        raise BadSetting(str(error)) from None


def _limits() -> Limits:
    try:
        return limits_from_env()
    except BadLimits as error:
        raise BadSetting(str(error)) from None


def _audit_records() -> int:
    name = "CLUSTERWRIGHT_AUDIT_RECORDS"
    number = _number(name) or AUDIT_RECORDS
    if number < FEWEST_AUDIT_RECORDS:
        raise BadSetting(
            f"cannot use {name}: {number} is too few; give {FEWEST_AUDIT_RECORDS} or more, or "
            f"nothing for {AUDIT_RECORDS}"
        )
    return number


def _number(name: str) -> int:
    text = os.environ.get(name, "")
    if text and not (text.isascii() and text.isdecimal() and 0 < int(text[:9]) < 10**6):
        raise BadSetting(f"cannot use {name}: {text[:80]!r} is no number from 1 to 999999")
    return int(text or 0)
