"""The snap store as hosts see it: channels of microk8s with a version and a revision each.

`/lab/world/channels.json` adds to it or overrides it: `{"1.32/stable": ["v1.32.9", 8123]}`; null
takes a channel away.
"""

from typing import NamedTuple

from lab.emulator import files, paths

STABLE = {
    "1.28": ("v1.28.15", 7230),
    "1.29": ("v1.29.14", 7541),
    "1.30": ("v1.30.10", 7660),
    "1.31": ("v1.31.7", 7755),
    "1.32": ("v1.32.3", 7890),
    "1.33": ("v1.33.1", 8085),
    "1.34": ("v1.34.2", 8430),
    "1.35": ("v1.35.1", 8612),
    "1.36": ("v1.36.0", 8790),
}
NEWEST = "1.36"
RISKS = ("stable", "candidate", "beta", "edge")
# Strict builds carry revisions of their own.
STRICT_OFFSET = 1000


class Release(NamedTuple):
    """What a channel gives."""

    channel: str
    version: str
    revision: int

    @property
    def is_strict(self) -> bool:
        return "-strict/" in self.channel


def full_name(channel: str) -> str:
    """The channel with its risk: `1.32` means `1.32/stable`, `edge` means `latest/edge`."""
    if "/" in channel:
        return channel
    return f"latest/{channel}" if channel in RISKS else f"{channel}/stable"


def find(channel: str) -> Release | None:
    """The release in the channel, or None where the store has none."""
    name = full_name(channel)
    overrides = files.read_json(f"{paths.WORLD}/channels.json", {})
    if name in overrides and overrides[name] is None:
        return None
    if name in overrides:
        version, revision = overrides[name]
        return Release(name, version, int(revision))
    track, _, risk = name.partition("/")
    base = NEWEST if track == "latest" else track.removesuffix("-strict")
    if base not in STABLE or risk not in RISKS:
        return None
    version, revision = STABLE[base]
    if track.endswith("-strict"):
        revision += STRICT_OFFSET
    return Release(name, version, revision)


def channels() -> list[Release]:
    tracks = ["latest", *reversed(STABLE), *(f"{track}-strict" for track in reversed(STABLE))]
    found = (find(f"{track}/stable") for track in tracks)
    return [release for release in found if release is not None]
