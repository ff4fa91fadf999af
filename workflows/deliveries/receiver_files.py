"""Addresses and secrets of receivers: files of the data directory, since Redis holds no secret."""

import json
import os
import secrets
import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = "receivers"
"""Of the data directory; a file a subscription, which its owner alone may read."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A secret that deliveries are signed with."""

    secret: str
    until: float | None = None
    """When it is good no more, in seconds since 1970; ``None`` for the newest."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """What nobody may see of a subscription."""

    url: str
    secrets: tuple[Signed, ...] = ()
    """The newest first."""

    def good(self, now: float) -> tuple[bytes, ...]:
        """Return the secrets that are good at a moment, the newest first."""
        found = (each for each in self.secrets if each.until is None or each.until > now)
        return tuple(each.secret.encode() for each in found)


class ReceiverLost(Exception):
    """The file of a subscription is not there, or cannot be read."""


def new_secret() -> str:
    """Return a fresh secret in the form of Standard Webhooks."""
    return "whsec_" + b64encode(secrets.token_bytes(32)).decode()


class ReceiverFiles:
    """The files of one data directory."""

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir / FOLDER

    def read(self, name: str) -> Receiver:
        """Return what a subscription's file says. Raises ``ReceiverLost``."""
        path = self._path(name)
        try:
            row = json.loads(path.read_bytes())
            return Receiver(row["url"], tuple(Signed(**each) for each in row["secrets"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not as it was written"
            raise ReceiverLost(
                f"cannot read {FOLDER}/{name} of the data directory: {reason}; remove the "
                f"subscription with clusterwright subscriptions remove {name}, and add it anew"
            ) from None

    def write(self, name: str, receiver: Receiver) -> None:
        """Store it, for its owner alone."""
        path = self._path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = path.with_name(f".{name}.{secrets.token_hex(4)}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"url": receiver.url, "secrets": _rows(receiver.secrets)}, file)
        part.replace(path)

    def remove(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def rotate(self, name: str, overlap_seconds: float, given: str | None = None) -> str:
        """Make a new secret the first; the former one is good for so long. Return the new one.

        Raises ``ReceiverLost``.
        """
        receiver, fresh, now = self.read(name), given or new_secret(), time.time()
        former = tuple(
            Signed(each.secret, now + overlap_seconds)
            for each in receiver.secrets
            if not each.until
        )
        self.write(name, Receiver(receiver.url, (Signed(fresh), *former)))
        return fresh

    def _path(self, name: str) -> Path:
        return self._folder / name


def _rows(found: Sequence[Signed]) -> list[dict[str, object]]:
    return [asdict(each) for each in found]
