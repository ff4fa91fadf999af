"""When the certificates of control plane nodes end, read from the certificates themselves.

They are public, so a host hands them over as they are: nothing on it has to understand them. What
``microk8s refresh-certs -c`` tells comes from the same files.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificate
from pyinfra.api import FactBase

from cluster.certificates import NAMES, SeenCertificate, ending_soon
from cluster.observation import Observation
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.fleet.shell import root_script
from deploy_scripts.microk8s.facts import DATA

MOST_LINES = 200
"""Of one file; an honest one has some twenty."""
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
READ_SECONDS = 20
READ = "\n".join(
    f"echo '@@certificate {name}'; head -n {MOST_LINES} {DATA}/certs/{name} 2>/dev/null; echo"
    for name in NAMES
)


Read = dict[str, dict[str, Any]]
"""Of each file's name: ``ends``, as Unix time, and ``fingerprint``, its SHA-256; 0 and empty where
there is no certificate."""


class Certificates(FactBase[Read]):
    """The certificates of a control plane node."""

    def command(self) -> str:
        return root_script(READ, timeout=READ_SECONDS, shows="microk8s refresh-certs -c")

    def process(self, output: Any) -> Read:
        return parse_certificates(list(output))


def parse_certificates(lines: Sequence[str]) -> Read:
    """Return what is told of the first certificate in each section, by the name of its file.

    A file may be missing or damaged, as a renewal leaves it that was cut off.
    Raises ``ValueError`` for sections that were not asked for, are missing or too long.
    """
    if len(lines) > len(NAMES) * (MOST_LINES + 2):
        raise ValueError(f"{len(lines)} lines are more than {len(NAMES)} certificates have")
    sections: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        if line.startswith("@@certificate "):
            name = line.partition(" ")[2]
            if name not in NAMES or name in sections:
                raise ValueError(f"{name[:60]!r} was not asked for, or comes twice")
            sections[name] = []
        elif name:
            sections[name].append(line.strip())
    if set(sections) != set(NAMES):
        raise ValueError(f"the host told of {len(sections)} certificates, not of {len(NAMES)}")
    return {name: _first_certificate(rows) for name, rows in sections.items()}


def _first_certificate(lines: Sequence[str]) -> dict[str, Any]:
    try:
        first = lines.index(BEGIN)
        text = "\n".join(lines[first : lines.index(END, first) + 1]).encode("ascii")
        certificate = load_pem_x509_certificate(text)
        ends = int(certificate.not_valid_after_utc.timestamp())
        return {"ends": max(ends, 0), "fingerprint": certificate.fingerprint(SHA256()).hex()}
    except (ValueError, TypeError, OverflowError):
        return {"ends": 0, "fingerprint": ""}


def with_certificates(fleet: Fleet, seen: Observation, control_plane: Sequence[str]) -> Observation:
    """Return what was seen with the certificates of the members that answer, and which end soon.

    A host that does not tell them has none in the observation: nothing is known of them then.
    """
    alive = {member.host for member in seen.members if member.alive}
    asked = [host for host in control_plane if host in alive]
    read, _ = fleet.try_facts(Certificates, on=asked) if asked else ({}, ())
    certificates = tuple(
        SeenCertificate(host, name, read[host][name]["ends"])
        for host in asked
        if host in read
        for name in NAMES
    )
    found = tuple(ending_soon(certificates, seen.at))
    return replace(seen, certificates=certificates, findings=(*seen.findings, *found))
