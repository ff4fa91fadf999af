"""What the command line writes on a real terminal, where it draws as it does for people."""

import os
import pty
import re
import subprocess
import sys
import time
import unicodedata

SECONDS = 120
DRAWN = re.compile(r"\x1b\[(?:[0-9;]*m|[0-9]*[AK]|2K|\?25[lh])|\r\n|\r|\n|\t")
"""What the command line itself uses: colours, the line above, an empty line, the cursor."""
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def at_a_terminal(stack, *words):
    """Run ``clusterwright WORDS`` at a terminal, and return all that it wrote there."""
    mine, end = pty.openpty()
    command = subprocess.Popen(
        [sys.executable, "-m", "cli", *words],
        stdin=end,
        stdout=end,
        stderr=end,
        env=stack.environment
        | {
            "CLUSTERWRIGHT_URL": f"http://127.0.0.1:{stack.port}",
            "CLUSTERWRIGHT_TOKEN": (stack.folder / "token").read_text().strip(),
            "TERM": "xterm-256color",
            "COLUMNS": "120",
        },
        start_new_session=True,
    )
    os.close(end)
    said, deadline = b"", time.monotonic() + SECONDS
    while more := _read(mine):
        assert time.monotonic() < deadline, said[-2000:]
        said += more
    os.close(mine)
    command.wait(timeout=10)
    return said.decode()


def _read(end):
    try:
        return os.read(end, 65536)
    except OSError:  # what the kernel answers once nobody has the other end open
        return b""


def steering(said):
    """Return the signs that could steer the terminal and are not the command line's own."""
    rest = DRAWN.sub("", said)
    return {ascii(sign) for sign in rest if unicodedata.category(sign) in UNSEEN}
