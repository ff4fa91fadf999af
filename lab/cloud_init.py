"""The files of a host on which cloud-init keeps /etc/hosts."""

from __future__ import annotations

from pathlib import Path

_SETTINGS = """\
users:
- default
disable_root: false
preserve_hostname: false
manage_etc_hosts: true
"""

_TEMPLATE = """\
## template:jinja
# cloud-init makes this file anew of a template at every boot, since manage_etc_hosts is true.
# A line that is to stay goes into /etc/cloud/templates/hosts.debian.tmpl as well; or set
# manage_etc_hosts to false in /etc/cloud/cloud.cfg.
127.0.1.1 {{fqdn}} {{hostname}}
127.0.0.1 localhost

::1 localhost ip6-localhost ip6-loopback
ff02::1 ip6-allnodes
ff02::2 ip6-allrouters
"""


def write_cloud_init(root: Path) -> None:
    """Write cloud-init's settings and template below a host's root, and put its command there."""
    cloud = root / "etc" / "cloud"
    for folder in ("cloud.cfg.d", "templates"):
        (cloud / folder).mkdir(parents=True)
    (cloud / "cloud.cfg").write_text(_SETTINGS)
    (cloud / "templates" / "hosts.debian.tmpl").write_text(_TEMPLATE)
    local = root / "usr" / "local"
    (local / "bin" / "cloud-init").symlink_to("../lib/lab/cloud-init")
