"""Asks cluster agents for their health; runs on a host, with a Python 3.7 of its own.

Its arguments are seconds and addresses. It prints a line ``ADDRESS ok`` or ``ADDRESS why not`` for
each of them.
"""

from __future__ import annotations

import http.client
import ssl
import sys
from concurrent.futures import ThreadPoolExecutor

PORT = 25000
AT_ONCE = 32


def ask(address: str, seconds: float) -> str:
    """Return ``ok``, or why the agent is not healthy; whose certificate it has does not matter."""
    # Nothing secret is sent, and nothing is believed but that an agent is there.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    connection = http.client.HTTPSConnection(address, PORT, timeout=seconds, context=context)
    try:
        connection.request("GET", "/health")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return str(getattr(error, "strerror", "") or error) or type(error).__name__
    finally:
        connection.close()
    return "ok" if status == http.client.OK else f"its health has status {status}"


def main(words: list[str]) -> None:
    seconds, addresses = float(words[0]), words[1:]

    def row(address: str) -> str:
        return " ".join([address, *ask(address, seconds).split()])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for line in pool.map(row, addresses):
            sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
