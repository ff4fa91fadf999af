"""Have the authority of a cluster sign who somebody is, for hours; nothing secret passes here.

``UNDO`` is ``"nothing"``: Kubernetes cannot take back what it signed, which ends by itself. Where
there are roles, access ends sooner once the role's ClusterRoleBinding is removed.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate, NameOID, load_der_x509_certificate

from cluster.credentials import WHOLE, group_of
from cluster.printable import short
from cluster.signing_requests import Wanted, read_request
from deploy_scripts.fleet.errors import NotYet, Permanent, Transient
from deploy_scripts.fleet.fleet import Fleet
from deploy_scripts.microk8s.client_certificates import (
    TIMEOUT,
    Signing,
    SigningFact,
    ask,
    documents,
)
from deploy_scripts.microk8s.looking import AGAIN_SECONDS, LOOK_SECONDS, look_until
from deploy_scripts.protocol import Before, Result

INTERRUPTIBLE = True
UNDO = "nothing"
ASKS = False
API_PORT = 16443
ROLE_MODE = "RBAC"
SLACK_SECONDS = 600
"""By so much a certificate may live longer than asked: it is dated back for clocks that differ."""


def apply(
    fleet: Fleet,
    *,
    before: Before,
    host: str,
    cluster: str,
    control_plane: Sequence[str],
    request: str,
    seconds: int,
    look_seconds: float = LOOK_SECONDS,
) -> Result:
    """Have the request signed unless this job has; return it with where the API is reached.

    Raises ``Permanent`` where a role is asked for that the API server would not heed, or where what
    was signed is not what was asked for; ``NotYet`` while it is not signed.
    """
    wanted = read_request(request)
    name = _name(fleet.mark.job, request)
    seen = _look(fleet, host, name)
    knows_roles = ROLE_MODE in seen["modes"]
    if not knows_roles and wanted.role != WHOLE:
        raise Permanent(
            f"cannot issue a credential for the role {wanted.role}: the API server of {host} does "
            f"not ask for roles (--authorization-mode={','.join(seen['modes']) or 'AlwaysAllow'}), "
            "so whoever has it might do everything",
            advice=f"have the addon rbac enabled: clusterwright change set-addons {cluster} "
            f"--enable rbac; or ask for the role {WHOLE}, which says what it is",
        )
    if not seen["certificate"] and not before.has_waited:
        text = documents(name, wanted, seconds, knows_roles=knows_roles)
        fleet.run(ask, on=[host], timeout=TIMEOUT, csr=name, text=text)
    seen = _signed(fleet, host, name, seconds=0 if before.has_waited else look_seconds)
    ends = _checked(seen, wanted, seconds)
    fleet.mark_done(host, f"{wanted.user} as {wanted.role} until {ends:%Y-%m-%d %H:%M} UTC")
    return Result(
        {
            "user": wanted.user,
            "role": wanted.role,
            "is_bounded": knows_roles,
            "ends": int(ends.timestamp()),
            "certificate": _pem(seen["certificate"]),
            "authority": _pem(seen["authority"]),
            "servers": [
                {"node": node, "url": _url(fleet.node_address(node))} for node in control_plane
            ],
        }
    )


def _name(job: str, request: str) -> str:
    digest = hashlib.sha256(request.encode()).hexdigest()
    return f"clusterwright-{job[:12].lower() or 'by-hand'}-{digest[:12]}"


def _pem(der: bytes) -> str:
    return load_der_x509_certificate(der).public_bytes(Encoding.PEM).decode()


def _url(address: str) -> str:
    return f"https://{f'[{address}]' if ':' in address else address}:{API_PORT}"


def _look(fleet: Fleet, host: str, name: str) -> Signing:
    found: Signing = fleet.facts(SigningFact, on=[host], csr=name)[host]
    if found["error"]:
        raise Transient(
            f"cannot issue a credential: the Kubernetes API of {host} does not tell how the "
            f"request stands ({found['error']})",
            advice=f"look at journalctl -u snap.microk8s.daemon-kubelite on {host}",
        )
    return found


def _signed(fleet: Fleet, host: str, name: str, *, seconds: float) -> Signing:
    seen, is_there = look_until(
        lambda: _look(fleet, host, name), lambda now: bool(now["certificate"]), seconds=seconds
    )
    if not is_there:
        raise NotYet(
            f"the authority has not signed the request {name}",
            after=AGAIN_SECONDS,
            otherwise="cannot issue a credential",
            advice=f"run 'microk8s kubectl describe csr {name}' as root on {host}: it says why",
        )
    return seen


def _checked(seen: Signing, wanted: Wanted, seconds: int) -> datetime:
    """Return when the certificate ends; ``Permanent`` where it is not what was asked for."""
    try:
        certificate = load_der_x509_certificate(seen["certificate"])
        certificate.verify_directly_issued_by(load_der_x509_certificate(seen["authority"]))
        fault = _fault(certificate, wanted, seconds)
    except (ValueError, TypeError, InvalidSignature):
        fault = "the cluster's authority (ca.crt) has not signed it"
    else:
        if not fault:
            return certificate.not_valid_after_utc.astimezone(UTC)
    raise Permanent(
        f"cannot hand over the credential of {wanted.user}: {fault}",
        advice="look at --cluster-signing-cert-file and --cluster-signing-duration in "
        "/var/snap/microk8s/current/args/kube-controller-manager, then ask anew",
    )


def _fault(certificate: Certificate, wanted: Wanted, seconds: int) -> str:
    public = certificate.public_key()
    if public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != wanted.key:
        return "it is for another key"
    subject = {each.oid: str(each.value) for each in certificate.subject}
    if subject != {
        NameOID.COMMON_NAME: wanted.user,
        NameOID.ORGANIZATION_NAME: group_of(wanted.role),
    }:
        return f"it is for {short(certificate.subject.rfc4514_string(), 200)}"
    lives = (certificate.not_valid_after_utc - certificate.not_valid_before_utc).total_seconds()
    if lives > seconds + SLACK_SECONDS:
        return f"it lives {lives / 60:.0f} minutes instead of {seconds / 60:.0f}"
    return ""
