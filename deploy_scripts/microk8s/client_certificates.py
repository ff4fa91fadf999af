"""A certificate for somebody outside: asked for, approved and read through Kubernetes itself.

Nothing of it is secret: request and certificate are public, and the key is where it was made.
"""

import json
import re
import shlex
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Sequence
from typing import Any, TypedDict

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from pyinfra.api import FactBase, deploy

from cluster.credentials import group_of
from cluster.printable import short
from cluster.signing_requests import Wanted
from deploy_scripts.fleet.shell import remote_script, root_script
from deploy_scripts.microk8s.certificates import BEGIN, END, MOST_LINES
from deploy_scripts.microk8s.facts import DATA, MICROK8S

KUBECTL = f"timeout -k 5 20 {MICROK8S} kubectl --request-timeout=10s"
TIMEOUT = 60
SIGNER = "kubernetes.io/kube-apiserver-client"
MODES = re.compile(r"--authorization-mode=\"?([A-Za-z]{1,30}(?:,[A-Za-z]{1,30}){0,9})\"?\Z")
LABELS = {"app.kubernetes.io/managed-by": "clusterwright"}
MOST_SIGNS = 20_000
"""Of a certificate in Base64; one of ours has some 1200."""


class Signing(TypedDict):
    """How a request stands; certificates are DER, and empty where there is none yet."""

    modes: list[str]
    """Of the API server's authorization; empty where its arguments name none."""
    authority: bytes
    certificate: bytes
    error: str
    """What kubectl said where it could not tell."""


def documents(name: str, wanted: Wanted, seconds: int, *, knows_roles: bool) -> str:
    """Return what Kubernetes is to have: the request, and the group's role where there are such."""
    request = {
        "apiVersion": "certificates.k8s.io/v1",
        "kind": "CertificateSigningRequest",
        "metadata": {"name": name, "labels": LABELS},
        "spec": {
            "request": b64encode(wanted.pem.encode()).decode(),
            "signerName": SIGNER,
            "expirationSeconds": seconds,
            "usages": ["client auth"],
        },
    }
    api = "rbac.authorization.k8s.io"
    binding = {
        "apiVersion": f"{api}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": binding_of(wanted.role), "labels": LABELS},
        "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": wanted.role},
        "subjects": [{"apiGroup": api, "kind": "Group", "name": group_of(wanted.role)}],
    }
    items = [binding, request] if knows_roles else [request]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


def binding_of(role: str) -> str:
    """Return the name of the ClusterRoleBinding of a role's group."""
    return f"clusterwright-{role}"


@deploy("Ask for a client certificate")
def ask(csr: str, text: str) -> None:
    """Hand the request to Kubernetes and approve it; the effect is read afterwards."""
    remote_script(
        name="Ask for a client certificate",
        script=f"{KUBECTL} apply -f - >/dev/null || exit 1\n"
        f"{KUBECTL} certificate approve {shlex.quote(csr)}",
        stdin=text,
        timeout=TIMEOUT,
        shows=f"microk8s kubectl certificate approve {csr}",
    )


class SigningFact(FactBase[Signing]):
    """The API server's authorization, the authority's certificate, and what it signed."""

    def command(self, csr: str) -> str:
        quoted = shlex.quote(csr)
        script = f"""
exec 3>&1
echo '@@modes'; grep '^--authorization-mode=' {DATA}/args/kube-apiserver | tail -n 1
echo '@@authority'; head -n {MOST_LINES} {DATA}/certs/ca.crt
echo '@@certificate'
errors=$({KUBECTL} get csr {quoted} -o jsonpath='{{.status.certificate}}' 2>&1 >&3 3>&-)
rc=$?
echo; echo "@@end $rc"
printf '%s\\n' "$errors" | head -n 20
true
"""
        return root_script(script, timeout=30, shows=f"microk8s kubectl get csr {csr}")

    def process(self, output: Any) -> Signing:
        return parse_signing(list(output))


def parse_signing(lines: Sequence[str]) -> Signing:
    """Read the sections. Raises ``ValueError`` for what the script does not print."""
    heads = [line.strip() for line in lines if line.startswith("@@")]
    if len(lines) > MOST_LINES + 60 or [head.split(" ")[0] for head in heads] != [
        "@@modes",
        "@@authority",
        "@@certificate",
        "@@end",
    ]:
        raise ValueError(f"the host told {len(lines)} lines, not how a request stands")
    parts: list[list[str]] = []
    for line in lines:
        if line.startswith("@@"):
            parts.append([])
        elif parts:
            parts[-1].append(line.strip())
    modes, authority, certificate, errors = parts
    failed = heads[-1] != "@@end 0"
    said = short(next((line for line in errors if line), ""), 300)
    return {
        "modes": _modes(modes),
        "authority": _first_certificate(authority),
        "certificate": _decoded("".join(certificate)),
        "error": (said or "kubectl failed") if failed and "NotFound" not in said else "",
    }


def _modes(lines: Sequence[str]) -> list[str]:
    found = MODES.match(lines[0]) if lines and lines[0] else None
    if lines and lines[0] and found is None:
        raise ValueError(f"{lines[0][:60]!r} names no modes of authorization")
    return found[1].split(",") if found else []


def _decoded(text: str) -> bytes:
    if len(text) > MOST_SIGNS:
        raise ValueError(f"{len(text)} signs are more than a certificate has")
    try:
        lines = b64decode(text, validate=True).decode("ascii").splitlines()
    except (Error, ValueError) as error:
        raise ValueError(f"{text[:60]!r} is no certificate in Base64") from error
    return _first_certificate([line.strip() for line in lines])


def _first_certificate(lines: Sequence[str]) -> bytes:
    try:
        first = lines.index(BEGIN)
        text = "\n".join(lines[first : lines.index(END, first) + 1]).encode("ascii")
        return load_pem_x509_certificate(text).public_bytes(Encoding.DER)
    except (ValueError, TypeError):
        return b""
