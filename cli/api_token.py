"""The API token, as its file keeps it."""

from pathlib import Path

from cli.errors import NoToken


def read_token(path: Path) -> str:
    """Return the token in a file."""
    try:
        token = path.read_text().strip()
    except OSError as error:
        raise NoToken(
            f"cannot read the API token in {path}: {error.strerror}; start the stack with "
            "clusterwright up, or set CLUSTERWRIGHT_TOKEN or --token-file"
        ) from error
    if not token or not token.isascii() or not token.isprintable():
        raise NoToken(f"cannot use the API token in {path}: it is not one line of plain text")
    return token
