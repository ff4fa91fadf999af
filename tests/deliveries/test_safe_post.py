"""Requests go to public addresses, and to networks that are listed; one time for all of it."""

import ipaddress
import socket
import ssl
import threading
import time
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from receiver import Reply

from workflows.notifiers import safe_post
from workflows.notifiers.addresses import may_be_reached
from workflows.notifiers.safe_post import LARGEST_ANSWER, AddressRefused, CannotPost, SafePost

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
NOT_PUBLIC = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
    *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
]
NOT_PUBLIC_6 = [
    *("::/96", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "2001::/32", "2001:db8::/32"),
    *("64:ff9b:1::/48",),
]
METADATA = [
    *("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "::ffff:169.254.169.254"),
    *("192.0.0.192", "168.63.129.16", "::ffff:192.0.0.192", "64:ff9b::c000:c0"),
]


def addresses_of(networks):
    return st.sampled_from(networks).flatmap(lambda text: st.ip_addresses(network=text))


@given(addresses_of(NOT_PUBLIC) | addresses_of(NOT_PUBLIC_6))
def test_an_address_that_is_not_public_is_refused(address):
    assert not may_be_reached(address, ())


@given(addresses_of(NOT_PUBLIC))
def test_so_is_one_of_ipv6_that_stands_for_it(address):
    number = int(address)
    for form in (
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1),
        ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) | number),
        ipaddress.IPv6Address(number),
    ):
        assert not may_be_reached(form, ()), form


@given(addresses_of(NOT_PUBLIC) | addresses_of(NOT_PUBLIC_6))
def test_the_operator_may_list_each_network(address):
    assert may_be_reached(address, (ipaddress.ip_network(address),))


def test_what_is_listed_is_listed_in_its_mapped_form_too():
    assert may_be_reached(ipaddress.ip_address("::ffff:127.0.0.1"), LOOPBACK)


@pytest.mark.parametrize("text", METADATA)
def test_metadata_of_clouds_is_refused(text):
    assert not may_be_reached(ipaddress.ip_address(text), ())


@pytest.mark.parametrize("text", ["1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_a_public_address_may_be_reached(text):
    assert may_be_reached(ipaddress.ip_address(text), ())


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f000001", "2130706433"]
)
def test_nothing_is_sent_to_this_machine_in_whatever_form_it_is_named(receiver, host):
    with pytest.raises((AddressRefused, CannotPost)):
        SafePost()("POST", f"http://{host}:{receiver.port}/", headers={}, body=b"{}")

    assert receiver.got == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/", "gopher://x", "http:///x"]
)
def test_only_addresses_of_the_web_are_sent_to(url):
    with pytest.raises(AddressRefused, match="cannot send"):
        SafePost(LOOPBACK)("POST", url, headers={}, body=b"")


def answers(*lists):
    """Return a stand-in for the resolver that gives these addresses, one list each time.

    What is an address already is not asked for.
    """
    rest, own = list(lists), socket.getaddrinfo

    def getaddrinfo(host, port, *args, **more):
        if host[-1].isdigit():
            return own(host, port, *args, **more)
        found = rest.pop(0) if len(rest) > 1 else rest[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in found]

    return getaddrinfo


def test_a_name_with_one_private_address_among_others_is_refused(monkeypatch, receiver):
    monkeypatch.setattr(safe_post.socket, "getaddrinfo", answers(["1.1.1.1", "127.0.0.1"]))

    with pytest.raises(AddressRefused, match=r"127\.0\.0\.1 is not public"):
        SafePost()("POST", f"http://example.org:{receiver.port}/", headers={}, body=b"")


def test_a_name_is_asked_for_once_and_the_connection_goes_where_it_led(monkeypatch, receiver):
    # The second answer would lead elsewhere: nobody listens there.
    monkeypatch.setattr(
        safe_post.socket, "getaddrinfo", answers(["127.0.0.1"], ["127.0.0.2"], ["127.0.0.3"])
    )

    url = f"http://hooks.example.org:{receiver.port}/x?y=1"
    answer = SafePost(LOOPBACK)("POST", url, headers={"X-A": "b"}, body=b"{}")

    assert answer.status == 204
    got = receiver.got[0]
    assert (got.method, got.path, got.body) == ("POST", "/x?y=1", b"{}")
    assert got.headers["host"] == f"hooks.example.org:{receiver.port}"
    assert got.headers["x-a"] == "b"


def test_a_redirect_is_not_followed(receiver):
    receiver.replies.append(Reply(307, {"Location": receiver.url + "/again"}))

    answer = SafePost(LOOPBACK)("POST", receiver.url, headers={}, body=b"")

    assert (answer.status, len(receiver.got)) == (307, 1)
    assert answer.headers["location"].endswith("/again")


def test_a_proxy_of_the_environment_is_not_used(monkeypatch, receiver):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert SafePost(LOOPBACK)("POST", receiver.url, headers={}, body=b"").status == 204


def test_an_answer_is_read_up_to_a_size(receiver):
    receiver.reply = Reply(200, body=b"x" * (LARGEST_ANSWER * 3))

    assert len(SafePost(LOOPBACK)("GET", receiver.url, headers={}, body=b"").body) == LARGEST_ANSWER


def test_a_receiver_that_hangs_is_left_after_the_time(receiver):
    receiver.reply = Reply(200, hang=60)
    began = time.monotonic()

    with pytest.raises(CannotPost, match=r"cannot finish within 0\.5 s|within 0 s|within 1 s"):
        SafePost(LOOPBACK, seconds=0.5)("POST", receiver.url, headers={}, body=b"")

    assert time.monotonic() - began < 30


def test_so_is_one_that_answers_drop_by_drop():
    ended = threading.Event()

    def drip(listener):
        connection, _ = listener.accept()
        with closing(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not ended.wait(0.05):
                try:
                    connection.sendall(b"X-A: b\r\n")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        port = listener.getsockname()[1]
        try:
            with pytest.raises(CannotPost, match="cannot finish"):
                SafePost(LOOPBACK, seconds=0.5)(
                    "POST", f"http://127.0.0.1:{port}/", headers={}, body=b""
                )
        finally:
            ended.set()
            thread.join()


def test_where_nobody_listens_it_is_told_in_words():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(CannotPost, match=r"cannot send to 127\.0\.0\.1"):
        SafePost(LOOPBACK)("POST", f"http://127.0.0.1:{port}/", headers={}, body=b"")


@contextmanager
def tls_server(folder):
    """Answer TLS as hooks.example.org; yield the port and what trusts its certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example.org")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("hooks.example.org")]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    (folder / "pem").write_bytes(pem + key.private_bytes(*form, serialization.NoEncryption()))
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(folder / "pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            connection, _ = listener.accept()
            with suppress(OSError), closing(ours.wrap_socket(connection, server_side=True)) as tls:
                tls.recv(4096)
                tls.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        thread = threading.Thread(target=serve)
        thread.start()
        trust = ssl.create_default_context(cadata=pem.decode())
        yield listener.getsockname()[1], trust
        thread.join(30)


@pytest.mark.parametrize(
    ("host", "is_taken"), [("hooks.example.org", True), ("other.example.org", False)]
)
def test_tls_asks_for_the_name_though_the_connection_goes_to_an_address(
    monkeypatch, tmp_path, host, is_taken
):
    monkeypatch.setattr(safe_post.socket, "getaddrinfo", answers(["127.0.0.1"]))
    with tls_server(tmp_path) as (port, trust):
        monkeypatch.setattr(safe_post, "_tls", lambda: trust)
        post, url = SafePost(LOOPBACK), f"https://{host}:{port}/"
        if is_taken:
            assert post("POST", url, headers={}, body=b"").status == 204
        else:
            with pytest.raises(CannotPost, match="certificate"):
                post("POST", url, headers={}, body=b"")
