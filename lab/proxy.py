"""A host behind a proxy that is of no use for reaching nodes, as many companies have it."""

from __future__ import annotations

from pathlib import Path

from lab.spec import GATEWAY

PORT = 3128

# Nobody listens there: whoever asks this proxy for a node is refused at once. What must not go
# through it is named without the nodes' addresses, which is how most such files are written.
_ENVIRONMENT = f"""\
PATH="/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"
http_proxy="http://{GATEWAY}:{PORT}"
https_proxy="http://{GATEWAY}:{PORT}"
HTTP_PROXY="http://{GATEWAY}:{PORT}"
HTTPS_PROXY="http://{GATEWAY}:{PORT}"
no_proxy="localhost,127.0.0.1"
NO_PROXY="localhost,127.0.0.1"
"""

_SSHD_PAM = """\
account required pam_permit.so
session required pam_env.so readenv=1 user_readenv=0
session required pam_permit.so
"""


def write_proxy(root: Path) -> None:
    """Write /etc/environment, and let sshd read it at every login as Debian's does."""
    etc = root / "etc"
    (etc / "environment").write_text(_ENVIRONMENT)
    (etc / "pam.d" / "sshd").write_text(_SSHD_PAM)
    settings = etc / "ssh" / "sshd_config"
    settings.write_text(settings.read_text().replace("UsePAM no", "UsePAM yes"))
