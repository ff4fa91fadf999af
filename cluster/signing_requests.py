"""What is asked of a cluster's authority: a certificate for whoever made a key, for hours. Pure.

Whoever asks makes the key, keeps it, and hands over a request (PKCS #10) that says nothing secret:
who they are to be (``CN``) and to which group they belong (``O``). The group stands for a role; no
other name may be asked for, since Kubernetes knows some that may do everything.
"""

import re
from base64 import b64decode
from binascii import Error
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import CertificateSigningRequest, NameOID, load_der_x509_csr

ROLES = ("view", "edit", "admin", "cluster-admin")
"""Cluster roles that every Kubernetes brings, the least first."""
WHOLE = "cluster-admin"
"""The role that may do everything, as anybody may where an API server does not know roles."""
LEAST_MINUTES, USUAL_MINUTES, MOST_MINUTES = 10, 480, 1440
LONGEST = 4096
"""Signs of a request in Base64."""
LEAST_BITS = 2048
USER = re.compile(r"clusterwright:[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?\Z")
NAMED = {NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks for."""

    user: str
    role: str
    key: bytes
    """The public key, as DER."""
    pem: str
    """The request itself, as Kubernetes takes it."""


def group_of(role: str) -> str:
    """Return the group that a role is bound to."""
    return f"clusterwright:{role}"


def read_request(text: str) -> Wanted:
    """Read a request: its DER in Base64, on one line.

    Raises ``ValueError`` with what is wrong for what is none, is not signed by its own key, has a
    weak key, or names anybody but a user of ours in the group of a role.
    """
    if len(text) > LONGEST:
        raise ValueError(f"it has {len(text)} signs, and {LONGEST} are read at most")
    try:
        request = load_der_x509_csr(b64decode(text, validate=True))
        is_signed, key = request.is_signature_valid, request.public_key()
        extensions = len(request.extensions)
    except (Error, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("it is no request for a certificate (PKCS #10, DER in Base64)") from error
    if not is_signed:
        raise ValueError("its signature is not of the key in it")
    if not _is_strong(key):
        raise ValueError(f"its key is none of P-256 or larger, Ed25519, RSA of {LEAST_BITS} bits")
    if extensions:
        raise ValueError("it asks for extensions, and for a client there are none")
    user, role = _names(request)
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Wanted(user, role, der, request.public_bytes(Encoding.PEM).decode())


def _is_strong(key: object) -> bool:
    if isinstance(key, EllipticCurvePublicKey):
        return key.curve.name in {"secp256r1", "secp384r1", "secp521r1"}
    if isinstance(key, RSAPublicKey):
        return LEAST_BITS <= key.key_size <= 2 * LEAST_BITS
    return isinstance(key, Ed25519PublicKey)


def _names(request: CertificateSigningRequest) -> tuple[str, str]:
    subject = request.subject
    names = [str(each.value) for each in subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    groups = [str(each.value) for each in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    roles = [role for role in ROLES if groups == [group_of(role)]]
    is_only = {each.oid for each in subject} <= NAMED
    if not (is_only and len(names) == 1 and USER.match(names[0]) and roles):
        raise ValueError(
            "its subject is not CN=clusterwright:NAME, O=clusterwright:ROLE, with a NAME of at "
            f"most 50 of a-z, 0-9 and -, and a ROLE of {', '.join(ROLES)}"
        )
    return names[0], roles[0]
