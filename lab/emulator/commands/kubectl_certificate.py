"""`kubectl certificate approve`: the controller manager signs what was approved at once."""

import base64
import os
import subprocess
import tempfile
import time
from typing import Any

from lab.emulator import faults, files, journal, objects, paths, terminal
from lab.emulator.commands.kubectl import Call

Json = dict[str, Any]
RESOURCE = "certificatesigningrequest.certificates.k8s.io"
DEFAULT_SECONDS = 365 * 86400
BACKDATED_SECONDS = 300
LEAST_SECONDS = 600
CONFIGURATION = """\
[ca]
default_ca = own
[own]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = names
x509_extensions = client
preserve = yes
email_in_dn = no
unique_subject = no
[names]
organizationName = optional
commonName = supplied
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
"""


def run(call: Call) -> None:
    if call.words[:1] != ["approve"] or len(call.words) < 2:
        terminal.fail("error: one or more CSRs must be specified as <name> or -f <filename>")
    for name in call.words[1:]:
        with objects.edited(call.cluster) as value:
            item = _stored(value["applied"], name)
            if not item.get("status", {}).get("conditions"):
                item["status"] = _approved(item)
        terminal.out(f"{RESOURCE}/{name} approved")
        journal.effect("request-approved", name=name)


def _stored(applied: list[Json], name: str) -> Json:
    wanted = ("CertificateSigningRequest", name)
    found = [item for item in applied if (item["kind"], item["metadata"]["name"]) == wanted]
    if not found:
        terminal.fail(
            "Error from server (NotFound): certificatesigningrequests.certificates.k8s.io "
            f'"{name}" not found'
        )
    return found[0]


def _approved(item: Json) -> Json:
    status: Json = {"conditions": [{"type": "Approved", "status": "True"}]}
    if not faults.has("never-signed"):
        seconds = max(LEAST_SECONDS, int(item["spec"].get("expirationSeconds", DEFAULT_SECONDS)))
        if faults.has("signed-for-long"):
            seconds = DEFAULT_SECONDS
        request = base64.b64decode(item["spec"]["request"]).decode()
        status["certificate"] = base64.b64encode(_signed(request, seconds).encode()).decode()
    return status


def _signed(request: str, seconds: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        files.write(f"{folder}/request.pem", request)
        files.write(f"{folder}/index.txt", "")
        files.write(f"{folder}/ca.cnf", CONFIGURATION.format(folder=folder))
        now = time.time()
        command = ["openssl", "ca", "-batch", "-notext", "-config", f"{folder}/ca.cnf"]
        command += ["-cert", f"{paths.CERTS}/ca.crt", "-keyfile", f"{paths.CERTS}/ca.key"]
        command += ["-startdate", _moment(now - BACKDATED_SECONDS)]
        command += ["-enddate", _moment(now + seconds)]
        command += ["-in", f"{folder}/request.pem", "-out", f"{folder}/signed.pem"]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode or not os.path.exists(f"{folder}/signed.pem"):
            terminal.fail(f"error: openssl does not sign: {ran.stderr.strip()}")
        return files.read(f"{folder}/signed.pem")


def _moment(at: float) -> str:
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(at))
