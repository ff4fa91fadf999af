"""The certificates of a node: made by openssl, identified by their fingerprints."""

import hashlib
import os

from lab.emulator import files, locks, paths

CA_DAYS, SERVER_DAYS = 3650, 365
ISSUER = ".lab-server-issuer"


def make(folder: str, wanted: dict[str, int], *, common_name: str) -> None:
    """Make self-signed pairs `NAME.crt` and `NAME.key` that live the wanted number of days."""
    import subprocess

    started = []
    for name, days in wanted.items():
        command = _request(folder, name, days, common_name)
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, stdout=quiet, stderr=subprocess.PIPE)
        started.append((name, process))
    for name, process in started:
        _, errors = process.communicate()
        if process.returncode:
            message = errors.decode(errors="replace").strip()
            raise OSError(f"cannot make {folder}/{name}.crt: openssl said {message}")
    if "server" in wanted and os.path.exists(f"{folder}/ca.crt"):
        note_issuer(folder)


def note_issuer(folder: str) -> None:
    """Note that the authority in the folder issued its server certificate.

    The lab's certificates are all self-signed, so that openssl runs once for each: who would have
    issued the server's is written down beside it.
    """
    files.write(f"{folder}/{ISSUER}", fingerprint(files.read(f"{folder}/ca.crt")))


def is_server_of_own_authority() -> bool:
    """Whether this node's server certificate was issued by the authority that it has now."""
    issuer = files.read(f"{paths.CERTS}/{ISSUER}")
    authority = files.read(f"{paths.CERTS}/ca.crt")
    return not issuer or not authority or issuer == fingerprint(authority)


def issue_server(common_name: str) -> None:
    """Issue the server certificate anew; who loaded the old one goes on with it."""
    make(paths.CERTS, {"server": SERVER_DAYS}, common_name=common_name)


def renew(name: str, days: int, common_name: str) -> None:
    """Make a certificate anew for the key that is there; without a key there is none."""
    import subprocess

    pair = ["-key", f"{paths.CERTS}/{name}.key", "-out", f"{paths.CERTS}/{name}.crt"]
    subject = ["-subj", f"/CN={common_name}", "-days", str(days), "-config", "/dev/null"]
    command = ["openssl", "req", "-x509", "-new", *pair, *subject]
    subprocess.run(command, capture_output=True, check=False)
    if name == "server":
        note_issuer(paths.CERTS)


def _request(folder: str, name: str, days: int, common_name: str) -> list[str]:
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    pair = ["-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.crt"]
    subject = ["-subj", f"/CN={common_name}", "-days", str(days), "-config", "/dev/null"]
    return ["openssl", "req", "-x509", *curve, *pair, *subject]


def der(pem: str) -> bytes:
    """The binary form of the first certificate in the text."""
    import base64

    body = pem.split("-----BEGIN CERTIFICATE-----")[1].split("-----END CERTIFICATE-----")[0]
    return base64.b64decode(body)


def fingerprint(pem: str) -> str:
    return hashlib.sha256(der(pem)).hexdigest()


def join_check() -> str:
    """What `add-node` appends to a token: it changes with this node's server certificate."""
    return fingerprint(files.read(f"{paths.CERTS}/server.crt"))[:12]


def authority_path() -> str:
    name = "ca.remote.crt" if locks.is_worker() else "ca.crt"
    return f"{paths.CERTS}/{name}"


def authority_id() -> str:
    """The fingerprint of the authority that this host's credentials come from."""
    return fingerprint(files.read(authority_path()))[:16]


def days_left(name: str) -> int:
    import calendar
    import subprocess
    import time

    command = ["openssl", "x509", "-enddate", "-noout", "-in", f"{paths.CERTS}/{name}"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    expiry = time.strptime(shown.strip().partition("=")[2], "%b %d %H:%M:%S %Y %Z")
    return int((calendar.timegm(expiry) - time.time()) // 86400)
