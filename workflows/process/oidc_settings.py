"""Which issuer of identities is believed, for whom, and what its groups may do."""

import os
import re
import stat
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from workflows.groups import BadGroups, GroupRoles, group_roles

ISSUER = "CLUSTERWRIGHT_OIDC_ISSUER"
AUDIENCE = "CLUSTERWRIGHT_OIDC_AUDIENCE"
CLIENT_ID = "CLUSTERWRIGHT_OIDC_CLIENT_ID"
GROUPS_CLAIM = "CLUSTERWRIGHT_OIDC_GROUPS_CLAIM"
GROUPS_FILE = "oidc-groups.yaml"
"""In the data directory: which groups give which roles."""
SECRET_FILE = "oidc-client-secret"  # noqa: S105  # the name of a file
"""In the data directory: the secret of the page's client; without it PKCE alone proves it."""
LARGEST_FILE = 256 * 1024
CLAIM = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)


class BadOidcSetting(ValueError):
    """A setting of the issuer, or a file that belongs to it, means nothing."""


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """What is believed of identities that somebody else knows."""

    issuer: str
    """Its address, equal to ``iss`` of its tokens sign by sign."""
    audience: str
    """What ``aud`` of a bearer token has to name."""
    roles: GroupRoles
    client_id: str = ""
    """The page's name at the issuer; empty where nobody signs in on the page with it."""
    groups_claim: str = "groups"
    secret_file: Path | None = None
    """Where the client's secret stands; ``None`` for a client that has none."""

    def client_secret(self) -> str:
        """Return the client's secret, read now; empty for a client that has none."""
        return self.secret_file.read_text().strip() if self.secret_file else ""


def oidc_settings(data_dir: Path) -> OidcSettings | None:
    """Read the settings from the environment; ``None`` where no issuer is named.

    Raises ``BadOidcSetting``.
    """
    issuer = os.environ.get(ISSUER, "")
    client_id = os.environ.get(CLIENT_ID, "")
    audience = os.environ.get(AUDIENCE, "") or client_id
    if not issuer:
        if client_id or audience:
            raise BadOidcSetting(
                f"cannot use {CLIENT_ID} and {AUDIENCE} without an issuer; set "
                f"{ISSUER} to its address, or take them away"
            )
        return None
    if not is_safe_address(issuer) or urlsplit(issuer).query:
        raise BadOidcSetting(
            f"cannot use {ISSUER}: {issuer[:80]!r} is no address that begins with https://; "
            "http:// is for loopback alone, and there is no query in it"
        )
    if not audience:
        raise BadOidcSetting(
            f"cannot use {ISSUER} without an audience: tokens for others would be believed; "
            f"set {AUDIENCE} to what the issuer writes into aud of tokens for this API"
        )
    return OidcSettings(
        issuer,
        audience,
        _roles(data_dir / GROUPS_FILE),
        client_id,
        _claim(),
        _secret_file(data_dir / SECRET_FILE) if client_id else None,
    )


def is_safe_address(url: str) -> bool:
    """Say whether nobody on the way can change what an address answers."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.username is not None or parts.fragment or not host or not url.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _claim() -> str:
    text = os.environ.get(GROUPS_CLAIM, "") or "groups"
    if not CLAIM.fullmatch(text):
        raise BadOidcSetting(
            f"cannot use {GROUPS_CLAIM}: {text[:80]!r} is no name of a claim; give one such "
            "as groups, or realm_access.roles for one inside another"
        )
    return text


def _roles(path: Path) -> GroupRoles:
    try:
        text = path.read_text()
        if len(text) > LARGEST_FILE:
            raise BadOidcSetting(
                f"cannot use {path}: it has {len(text)} signs; {LARGEST_FILE} are the most"
            )
        return group_roles(yaml.safe_load(text))
    except FileNotFoundError:
        raise BadOidcSetting(
            f"cannot use {ISSUER}: there is no file {path}, which says what groups may do; "
            "docs/how-to/sign-in.md has one to begin with"
        ) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        problem = getattr(error, "problem", "") or "it cannot be read"
        raise BadOidcSetting(f"cannot use {path}: {where}{problem}; correct the line") from None
    except BadGroups as error:
        raise BadOidcSetting(f"cannot use {path}: {error}; correct that field") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadOidcSetting(f"cannot read {path}: {error}") from None


def _secret_file(path: Path) -> Path | None:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        secret = path.read_text().strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise BadOidcSetting(f"cannot read {path}: {error}") from None
    if mode & 0o077:
        raise BadOidcSetting(
            f"cannot use {path}: its mode is {mode:o}, so others can read the secret; chmod 600 "
            f"{path}"
        )
    if not secret:
        raise BadOidcSetting(f"cannot use {path}: it is empty; write the client's secret into it")
    return path
