"""The ways in which a host can lie, each a condition: what a hostile host does to whoever asks."""

LIES = {
    "lies-name": "it says that it is called n1, localhost and a stranger's name",
    "lies-banner": "what answers instead of its SSH server sends a greeting without end",
    "lies-packets": "what answers instead of its SSH server announces a packet of 256 MiB",
    "lies-terminal-codes": "commands fail, with lines that would steer a terminal",
    "lies-long-lines": "commands fail, with ten lines of 3 MB",
    "lies-line-150k": "commands answer one line of 150 KB",
    "lies-line-1m": "commands answer one line of 1 MB",
    "lies-flood": "commands answer 500 MB of lines, and fail",
    "lies-endless": "commands answer one line that never ends",
    "lies-not-utf8": "commands answer what is no text",
    "lies-nan": "commands answer as they should, but each number is none, or far too large",
    "lies-json": "commands answer JSON that is nested too deeply, or of other types",
}
"""Each with what it means. Those about commands are about the user that SSH lets in."""

SHELLS = frozenset(LIES) - {"lies-name", "lies-banner", "lies-packets"}
SERVERS = frozenset({"lies-banner", "lies-packets"})
