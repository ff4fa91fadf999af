"""A key that never leaves this machine, the request for it, and the kubeconfig made of both."""

import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import (
    CertificateSigningRequestBuilder,
    Name,
    NameAttribute,
    NameOID,
    load_pem_x509_certificate,
)

MARK = "# clusterwright: a short-lived credential; it may be replaced by the next\n"
"""The first line of each file of ours, by which it is told from another one."""


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A private key, and what is asked to be signed for it."""

    key: ec.EllipticCurvePrivateKey
    request: str
    """PKCS #10, DER in Base64; nothing of it is secret."""

    def fits(self, certificate: str) -> bool:
        """Whether a certificate is for this key."""
        try:
            return load_pem_x509_certificate(certificate.encode()).public_key() == (
                self.key.public_key()
            )
        except (ValueError, TypeError):
            return False

    @property
    def pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def new_key(role: str) -> OwnKey:
    """Make a key and a request for a user of ours with this role."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = Name(
        [
            NameAttribute(NameOID.ORGANIZATION_NAME, f"clusterwright:{role}"),
            NameAttribute(NameOID.COMMON_NAME, f"clusterwright:{secrets.token_hex(8)}"),
        ]
    )
    request = CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return OwnKey(key, b64encode(request.public_bytes(Encoding.DER)).decode())


def kubeconfig(own: OwnKey, issued: Mapping[str, Any], current: str) -> dict[str, Any]:
    """Return the kubeconfig: one cluster and context for each control plane node.

    ``current`` is the node that kubectl asks unless it is told another.
    """
    cluster, authority = issued["cluster"], b64encode(issued["authority"].encode()).decode()
    user = issued["user"]
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": _context(cluster, row["node"]),
                "cluster": {"server": row["url"], "certificate-authority-data": authority},
            }
            for row in issued["servers"]
        ],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate-data": b64encode(issued["certificate"].encode()).decode(),
                    "client-key-data": b64encode(own.pem).decode(),
                },
            }
        ],
        "contexts": [
            {"name": name, "context": {"cluster": name, "user": user}}
            for name in (_context(cluster, row["node"]) for row in issued["servers"])
        ],
        "current-context": _context(cluster, current),
    }


def as_text(document: Mapping[str, Any]) -> str:
    """Return a kubeconfig as the file that kubectl reads."""
    return MARK + yaml.safe_dump(dict(document), sort_keys=False)


def _context(cluster: str, node: str) -> str:
    return f"{cluster}-{node}"
