"""Seals a stream of bytes under a key, so that nothing of it can be read, altered or left out.

The form is the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár: frames of one length,
each sealed with AES-256-GCM under its number and whether it is the last. So a frame that is
altered, moved, missing or added does not open, and neither does a file that ends early. The key of
a file is derived from the long-lived key and a salt of its own: no number is used twice under it.

Ciphers are imported where the first stream is sealed: many a process knows backups and seals none.
"""

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"clusterwright sealed 1\n"
SALT_BYTES = 32
KEY_BYTES = 32
TAG_BYTES = 16
FRAME_BYTES = 1024 * 1024
COUNTER_BYTES = 11


class NotOpened(ValueError):
    """A sealed file is not what was sealed, or not under this key, or for something else."""


def seal(
    pieces: Iterable[bytes], key: bytes, about: bytes, *, frame_bytes: int = FRAME_BYTES
) -> Iterator[bytes]:
    """Yield the sealed form of a stream; ``about`` is what it is, and opens it again."""
    salt = os.urandom(SALT_BYTES)
    cipher = _cipher(key, salt)
    yield MAGIC + salt
    number, held = 0, bytearray()
    for piece in pieces:
        held += piece
        # A whole frame is held back until more comes: it may be the last.
        while len(held) > frame_bytes:
            yield cipher.encrypt(_nonce(number, is_last=False), bytes(held[:frame_bytes]), about)
            del held[:frame_bytes]
            number += 1
    yield cipher.encrypt(_nonce(number, is_last=True), bytes(held), about)


def opened(
    file: BinaryIO, key: bytes, about: bytes, *, frame_bytes: int = FRAME_BYTES
) -> Iterator[bytes]:
    """Yield what was sealed, a frame at a time; each was proved before it is yielded.

    Only whoever reads to the end knows that nothing is missing. Raises ``NotOpened``.
    """
    from cryptography.exceptions import InvalidTag

    head = file.read(len(MAGIC) + SALT_BYTES)
    if len(head) != len(MAGIC) + SALT_BYTES or not head.startswith(MAGIC):
        raise NotOpened("it does not begin as a sealed backup does")
    cipher = _cipher(key, head[len(MAGIC) :])
    size = frame_bytes + TAG_BYTES
    number, frame = 0, file.read(size)
    while True:
        following = file.read(size) if len(frame) == size else b""
        try:
            yield cipher.decrypt(_nonce(number, is_last=not following), frame, about)
        except (InvalidTag, ValueError) as error:
            raise NotOpened(
                f"its part {number + 1} was altered, moved or cut off, or another key sealed it"
            ) from error
        if not following:
            return
        number, frame = number + 1, following


def _cipher(key: bytes, salt: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    if len(key) != KEY_BYTES:
        raise ValueError(f"cannot use a key of {len(key)} bytes: it has {KEY_BYTES}")
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, MAGIC).derive(key))


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(COUNTER_BYTES, "big") + (b"\1" if is_last else b"\0")
