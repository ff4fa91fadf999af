"""``KEY=VALUE`` as options take it."""

from collections.abc import Mapping

import click


def pair(text: str, option: str, form: str = "KEY=VALUE") -> tuple[str, str]:
    """Read a key and its value; raises ``BadParameter``."""
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise click.BadParameter(f"{text}: {form} is wanted", param_hint=option)
    return key, value


def labels_of(texts: tuple[str, ...]) -> Mapping[str, str]:
    """Read a repeated ``--label KEY=VALUE``."""
    return dict(pair(text, "--label") for text in texts)
