"""The joiner's requests to the seed's cluster agent."""

import hashlib
import socket
import ssl
from typing import Any, NamedTuple, NoReturn

from lab.emulator import https, proxies, terminal

CONNECT_SECONDS = 30.0
REQUEST_SECONDS = 300.0
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
    """Ask to join; end the command as MicroK8s does when the seed refuses."""
    plain = socket.create_connection((peer.address, peer.port), CONNECT_SECONDS)
    status, answer = _post(plain, peer, JOIN_PATH, wanted)
    if status != 200:
        error = str(answer.get("error", ""))
        terminal.leave_with(6, f"Connection failed. {error[:1].upper()}{error[1:]} ({status}).")
    return answer


def request_certificate(peer: Peer, token: str, purpose: str) -> str:
    """Ask for a certificate, through a proxy where the environment names one."""
    plain = proxies.connect(peer.address, peer.port, SIGN_PATH, CONNECT_SECONDS)
    wanted = {"token": token, "request": "CERTIFICATE REQUEST"}
    status, answer = _post(plain, peer, SIGN_PATH, wanted)
    if status != 200:
        text = f"Failed to sign {purpose} certificate ({status}). {answer.get('error', '')}"
        terminal.leave_with(1, text)
    return str(answer["certificate"])


def _post(plain: socket.socket, peer: Peer, path: str, value: dict[str, Any]) -> https.Answer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    plain.settimeout(REQUEST_SECONDS)
    try:
        with context.wrap_socket(plain) as secure:
            _verify(peer, secure.getpeercert(binary_form=True) or b"")
            return https.post(secure, f"{peer.address}:{peer.port}", path, value)
    except ssl.SSLError:
        _not_verified(peer)
    except (OSError, EOFError, ValueError) as error:
        terminal.leave_with(5, f"Connecting to cluster failed with {error}.")


def _verify(peer: Peer, certificate: bytes) -> None:
    if peer.skip_verify or not peer.fingerprint:
        return
    if len(peer.fingerprint) < MIN_FINGERPRINT:
        text = "Joining cluster failed. Fingerprint too short. Use '--skip-verify' to skip server "
        terminal.leave_with(4, f"{text}certificate check.")
    if not hashlib.sha256(certificate).hexdigest().startswith(peer.fingerprint):
        _not_verified(peer)


def _not_verified(peer: Peer) -> NoReturn:
    text = f"Joining cluster failed. Could not verify the identity of {peer.address}. "
    terminal.leave_with(4, f"{text}Use '--skip-verify' to skip server certificate check.")
