"""snap's longer messages, wrapped for 80 columns as they are where there is no terminal."""

import textwrap
from collections.abc import Iterable

from lab.emulator import store

INDENT = " " * len("error: ")
COLUMNS = 79
TRACKS_DIFFER = "Please be mindful that different tracks may include different features."
RISKS_DIFFER = (
    "Please be mindful pre-release channels may include features not completely tested or "
    "implemented."
)
MORE = "Get more information with 'snap info microk8s'."


def channel_not_available(channel: str, action: str) -> str:
    """What snap says of a channel that the store does not have, with those it has instead."""
    track, _, risk = channel.partition("/")
    if "/" in risk:
        sentence = f'requested a non-existing branch for snap "microk8s": {channel}'
        return _error([sentence])
    start = f'snap "microk8s" is not available on {channel} but '
    same_track = _existing(f"{track}/{name}" for name in store.RISKS)
    if same_track:
        warning = f"{RISKS_DIFFER} " if risk == "stable" else ""
        first = f"{start}is available to install on the following channels:"
        return _error([first, _table(same_track, action), f"{warning}{MORE}"])
    same_risk = [item for item in store.channels() if item.channel.endswith(f"/{risk}")]
    if same_risk:
        first = f"{start}is available to install on the following tracks:"
        table = _table([item.channel for item in same_risk], action)
        return _error([first, table, f"{TRACKS_DIFFER} {MORE}"])
    return _error([f"{start}other tracks exist.", f"{TRACKS_DIFFER} {MORE}"])


def _existing(names: Iterable[str]) -> list[str]:
    return [name for name in names if store.find(name)]


def _table(channels: list[str], action: str) -> str:
    width = max(map(len, channels)) + 2
    lines = (f"{c:<{width}}snap {action} --channel={_short(c)} microk8s" for c in channels)
    return "\n".join(f"{INDENT}{line}" for line in lines)


def _short(channel: str) -> str:
    return channel.removesuffix("/stable")


def _error(paragraphs: list[str]) -> str:
    """Wrap the paragraphs; a table has its own lines and keeps them."""
    wrapped = (text if text.startswith(INDENT) else _wrapped(text) for text in paragraphs)
    return "error: " + "\n\n".join(wrapped).lstrip()


def _wrapped(text: str) -> str:
    return textwrap.fill(
        text, COLUMNS, initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False
    )
