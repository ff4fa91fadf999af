"""What the command line writes on a real terminal, where it draws as it does for people."""

import re
import unicodedata

from terminals import at_a_terminal

DRAWN = re.compile(r"\x1b\[(?:[0-9;]*m|[0-9]*[AK]|2K|\?25[lh])|\r\n|\r|\n|\t")
"""What the command line itself uses: colours, the line above, an empty line, the cursor."""
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def written(stack, *words):
    """Run ``clusterwright WORDS`` at a terminal to its end, and return all that it wrote there."""
    environment = stack.environment | {
        "CLUSTERWRIGHT_URL": f"http://127.0.0.1:{stack.port}",
        "CLUSTERWRIGHT_TOKEN": (stack.folder / "token").read_text().strip(),
        "COLUMNS": "120",
    }
    with at_a_terminal(*words, **environment) as terminal:
        terminal.wait()
    return terminal.output


def steering(output):
    """Return the signs that could steer the terminal and are not the command line's own."""
    rest = DRAWN.sub("", output)
    return {ascii(sign) for sign in rest if unicodedata.category(sign) in UNSEEN}
