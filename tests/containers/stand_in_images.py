"""Stand-ins for public base images, made of Debian's packages: ``stand_in_images.py NAME...``.

Each NAME is an image's, as the product's files give it. A stand-in trusts the certificates of this
machine and has its pip settings, so that the product's files build unmodified. It shows that they
build and that the stack works, not that they do so on the public image.
"""

import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

LOG_LINES = 8
DEBIAN = "debian"
MORE = {
    "python": """\
RUN apt-get update && apt-get install --yes --no-install-recommends python3 python3-venv \\
    && rm -rf /var/lib/apt/lists/* \\
    && ln -s /usr/bin/python3 /usr/local/bin/python3 && ln -s python3 /usr/local/bin/python
""",
    "redis": """\
RUN apt-get update && apt-get install --yes --no-install-recommends redis-server \\
    && rm -rf /var/lib/apt/lists/* && groupmod --gid 999 redis \\
    && usermod --uid 999 --gid 999 redis && install -d -o 999 -g 999 /data
""",
}
"""What the public image of each name has beside Debian, as far as our files use it."""
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
SETTINGS = (CERTIFICATES, Path("/etc/pip.conf"))
# As in Debian's own image, so that no layer keeps what apt has downloaded.
APT_CLEANS = """\
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };
Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache "";
"""


def main(names: Iterable[str]) -> None:
    """Make Debian's stand-in first: the others are built on it."""
    kinds = {kind_of(name): name for name in names}
    debian = kinds.pop(DEBIAN)
    make_debian(debian)
    for kind, name in kinds.items():
        text = f"FROM {debian}\n{MORE[kind]}"
        _run(["docker", "build", "--quiet", "--tag", name, "-"], f"make {name}", feed=text.encode())


def kind_of(name: str) -> str:
    """Return ``redis`` for ``registry/redis:7.2-bookworm``."""
    return name.rpartition("/")[2].partition(":")[0].partition("@")[0]


def make_debian(name: str) -> None:
    """Install Debian's smallest variant with what lets downloads work from here."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "debian.tar"
        hooks = [f"--customize-hook={line}" for line in _customisation()]
        options = ["--quiet", "--variant=minbase", "--include=ca-certificates", *hooks]
        _run(["mmdebstrap", *options, _release(), str(archive)], f"make {name}")
        changes = [f"--change=ENV {each}={CERTIFICATES}" for each in ("SSL_CERT_FILE", "PIP_CERT")]
        _run(["docker", "import", *changes, str(archive), name], f"make {name}")


def _customisation() -> Iterator[str]:
    """Yield the commands that finish the stand-in; mmdebstrap names its folder in ``$1``."""
    for path in SETTINGS:
        if path.exists():
            yield f'install -D -m 644 {path} "$1{path}"'
    cleans = shlex.quote(APT_CLEANS)
    yield 'rm -f "$1"/var/cache/apt/*.bin'
    yield f'printf %s {cleans} >"$1/etc/apt/apt.conf.d/docker-clean"'


def _release() -> str:
    lines = Path("/etc/os-release").read_text().splitlines()
    words = dict(line.split("=", 1) for line in lines if "=" in line)
    return words["VERSION_CODENAME"]


def _run(command: list[str], what: str, feed: bytes | None = None) -> None:
    done = subprocess.run(command, input=feed, capture_output=True, check=False)
    if done.returncode:
        lines = (done.stderr or done.stdout).decode(errors="replace").splitlines()
        sys.exit(f"cannot {what}: " + "\n  ".join(lines[-LOG_LINES:]))


if __name__ == "__main__":
    main(sys.argv[1:])
