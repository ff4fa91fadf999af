"""Lines that the page shows to be pasted into a terminal, quoted for a shell."""

import shlex

from flask import request


def api_url() -> str:
    """Return the address at which the browser has found this API."""
    return request.host_url.rstrip("/")


def ours(*words: str) -> str:
    """Return a command line of ours that asks the API which this page belongs to."""
    return shlex.join(("clusterwright", "--url", api_url(), *words))
