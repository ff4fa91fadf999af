"""Keys and requests for certificates, as somebody outside a cluster makes them."""

import base64

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import (
    CertificateSigningRequestBuilder,
    Name,
    NameAttribute,
    NameOID,
    SubjectAlternativeName,
)

GROUP, USER = "clusterwright:cluster-admin", "clusterwright:anna-1"


def key():
    return ec.generate_private_key(ec.SECP256R1())


def request(own_key=None, user=USER, group=GROUP, *, more=(), names=()):
    """Return a request as the API takes it."""
    attributes = [(NameOID.ORGANIZATION_NAME, group), (NameOID.COMMON_NAME, user), *more]
    subject = Name([NameAttribute(oid, value) for oid, value in attributes])
    builder = CertificateSigningRequestBuilder().subject_name(subject)
    if names:
        builder = builder.add_extension(SubjectAlternativeName(names), critical=False)
    signed = builder.sign(own_key or key(), hashes.SHA256())
    return base64.b64encode(signed.public_bytes(Encoding.DER)).decode()
