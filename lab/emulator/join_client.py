"""The joiner's requests to the seed's cluster agent."""

import hashlib
import socket
import ssl
from typing import Any, NamedTuple

from lab.emulator import https, proxies, terminal

MIN_FINGERPRINT = 12
JOIN_PATH = "/cluster/api/v2.0/join"
SIGN_PATH = "/cluster/api/v1.0/sign-cert"


class Peer(NamedTuple):
    """The agent to ask, and what its certificate must look like."""

    address: str
    port: int
    fingerprint: str
    skip_verify: bool


def request_join(peer: Peer, wanted: dict[str, Any]) -> dict[str, Any]:
    """Ask to join; end the command as MicroK8s does when the seed refuses or breaks off.

    Nothing limits the wait for a silent seed, and a reset that is no matter of TLS ends in a
    traceback, as in MicroK8s.
    """
    try:
        connection = _secured(socket.create_connection((peer.address, peer.port)))
    except ssl.SSLError as error:
        terminal.leave_with(4, f"Peer node verification failed with {error}.")
    with connection:
        _verify(peer, connection.getpeercert(binary_form=True) or b"")
        try:
            status, answer = https.post(connection, _place(peer), JOIN_PATH, wanted)
        except https.NoAnswer as error:
            terminal.leave_with(1, f"Please ensure the master node is reachable. {error}")
        except ssl.SSLError as error:
            terminal.leave_with(4, f"Peer node verification failed ({error}).")
    if status != 200:
        reason = f" {answer['error']}" if "error" in answer else ""
        terminal.leave_with(6, f"Connection failed.{reason} ({status}).")
    return dict(answer)


def request_certificate(peer: Peer, token: str, purpose: str) -> str:
    """Have the seed sign a certificate, through a proxy where the environment names one.

    A broken connection ends in a traceback here.
    """
    with _secured(proxies.connect(peer.address, peer.port, SIGN_PATH)) as connection:
        wanted = {"token": token, "request": "CERTIFICATE REQUEST"}
        status, answer = https.post(connection, _place(peer), SIGN_PATH, wanted)
    if status != 200:
        text = f"Failed to sign {purpose} certificate ({status}). {answer.get('error', '')}"
        terminal.leave_with(1, text)
    return str(answer["certificate"])


def _secured(plain: socket.socket) -> ssl.SSLSocket:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(plain)


def _place(peer: Peer) -> str:
    return f"{peer.address}:{peer.port}"


def _verify(peer: Peer, certificate: bytes) -> None:
    if peer.skip_verify or not peer.fingerprint:
        return
    if len(peer.fingerprint) < MIN_FINGERPRINT:
        text = "Joining cluster failed. Fingerprint too short. Use '--skip-verify' to skip server "
        terminal.leave_with(4, f"{text}certificate check.")
    if not hashlib.sha256(certificate).hexdigest().startswith(peer.fingerprint):
        text = f"Joining cluster failed. Could not verify the identity of {peer.address}. "
        terminal.leave_with(4, f"{text}Use '--skip-verify' to skip server certificate check.")
