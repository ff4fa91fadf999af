"""What a stranger's server says, fit for a message: one short line without control characters."""

MOST_CHARACTERS = 200


def printable(text: bytes) -> str:
    """Return the text on one line, without what could steer a terminal, and cut to a length."""
    line = "".join(
        sign if sign.isprintable() else " " for sign in text[:4096].decode(errors="replace")
    )
    words = " ".join(line.split())
    return words if len(words) <= MOST_CHARACTERS else f"{words[:MOST_CHARACTERS]}..."
