"""Text that a chat shows as it is: names in it mention nobody, and are no links; pure."""

import re

from cluster.printable import visible

_MARKS = re.compile(r"([\\`*_~|\[\]<>#!])")
UNSEEN = "\u200b"
"""A sign without width: behind an ``@`` it keeps what follows from being a mention."""


def for_markdown(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return _MARKS.sub(r"\\\1", _unmentioned(text))


def for_slack(text: str) -> str:
    """Return a text that Slack shows as it is: it escapes three signs only."""
    plain = visible(text, keep="\n")
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fenced(drawing: str) -> str:
    """Return a drawing whose signs stand below each other; nothing in it ends the fence."""
    return f"```\n{_unmentioned(drawing).replace('`', chr(39))}\n```"


def _unmentioned(text: str) -> str:
    return visible(text, keep="\n").replace("@", f"@{UNSEEN}")
