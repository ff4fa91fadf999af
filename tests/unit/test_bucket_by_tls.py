"""A bucket is asked by TLS, and only where its certificate is trusted."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from s3_server import s3_server, write_credentials

from buckets.bucket import Bucket, BucketError


@pytest.fixture
def certificate(tmp_path):
    """A file of a key, and of a certificate that signed itself, for loopback."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bucket")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    file = tmp_path / "both.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + made.public_bytes(Encoding.PEM))
    (tmp_path / "ca.pem").write_bytes(made.public_bytes(Encoding.PEM))
    return file


def test_a_certificate_is_trusted_by_the_file_that_is_named_and_not_without(tmp_path, certificate):
    write_credentials(tmp_path)
    with s3_server(certificate) as server:
        server.objects["site-1/a"] = b"kept"
        trusted = Bucket(server.target(tmp_path, ca=tmp_path / "ca.pem"))
        stranger = Bucket(server.target(tmp_path))

        assert b"".join(trusted.pieces("a", 10)) == b"kept"
        with pytest.raises(BucketError, match=r"does not answer .*SSL") as caught:
            stranger.size("a")

    assert "certificate" in caught.value.advice


def test_a_file_of_certificates_that_is_none_is_told(tmp_path, certificate):
    write_credentials(tmp_path)
    with s3_server(certificate) as server:
        for name in ("missing.pem", "backup-s3/credentials"):
            with pytest.raises(BucketError, match="no certificates can be read from"):
                Bucket(server.target(tmp_path, ca=tmp_path / name)).size("a")
