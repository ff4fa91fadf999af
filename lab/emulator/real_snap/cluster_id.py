"""Which cluster's objects a datastore holds, where MicroK8s' own join or leave has made its folder.

Members of one cluster share the certificate of its datastore: the lab's world keeps which
cluster it belongs to.
"""

import hashlib
import secrets

from lab.emulator import datastore, files, objects, paths

REGISTER = f"{paths.WORLD}/clusters-by-certificate"


def settle() -> None:
    """Write the id that the datastore's folder lacks, and remember whose certificate it has."""
    certificate = files.read(f"{paths.BACKEND}/cluster.crt")
    entry = f"{REGISTER}/{hashlib.sha256(certificate.encode()).hexdigest()}"
    known = files.read(objects.CLUSTER_FILE).strip()
    if not known:
        joins = "Cluster:" in files.read(datastore.INIT)
        # A node that begins anew may use the certificate of its first life again.
        known = (files.read(entry).strip() if joins else "") or secrets.token_hex(8)
        files.write(objects.CLUSTER_FILE, known)
    if certificate:
        files.write(entry, known)
