"""Keys as ssh-keygen, openssl and others write them: what doctor calls usable, jobs can read."""

import subprocess
from pathlib import Path

import pytest
from paramiko import PKey

from deploy_scripts.ssh.errors import UnreadableKey
from deploy_scripts.ssh.pinned_keys import private_key
from ssh_keys.private_key import UnusableKey, read_file

MADE_BY = {
    "ssh-keygen ed25519": ("ssh-keygen -qt ed25519 -N '' -f key", "ssh-ed25519"),
    "ssh-keygen rsa": ("ssh-keygen -qt rsa -b 2048 -N '' -f key", "ssh-rsa"),
    "ssh-keygen ecdsa": ("ssh-keygen -qt ecdsa -b 521 -N '' -f key", "ecdsa-sha2-nistp521"),
    "ssh-keygen pem": ("ssh-keygen -qt rsa -b 2048 -m PEM -N '' -f key", "ssh-rsa"),
    "ssh-keygen pkcs8": ("ssh-keygen -qt ecdsa -m PKCS8 -N '' -f key", "ecdsa-sha2-nistp256"),
    "openssl ed25519": ("openssl genpkey -algorithm ED25519 -out key", "ssh-ed25519"),
    "openssl rsa": (
        "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key",
        "ssh-rsa",
    ),
    "openssl ec": (
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out key",
        "ecdsa-sha2-nistp384",
    ),
    "openssl with parameters in front": (
        "openssl ecparam -name prime256v1 -genkey -out key",
        "ecdsa-sha2-nistp256",
    ),
    "lines as on Windows": (
        "ssh-keygen -qt ed25519 -N '' -f unix; sed 's/$/\\r/' unix > key",
        "ssh-ed25519",
    ),
}


def made(folder: Path, command: str) -> Path:
    command = f"umask 077; {command}"
    subprocess.run(["sh", "-ec", command], cwd=folder, check=True, capture_output=True)
    return folder / "key"


@pytest.mark.parametrize(("command", "kind"), MADE_BY.values(), ids=MADE_BY)
def test_a_key_is_read_whoever_made_it_and_jobs_can_sign_with_it(tmp_path, command, kind):
    path = made(tmp_path, command)

    key = private_key(str(path))

    assert (read_file(path).kind, key.get_name()) == (kind, kind)
    algorithm = "rsa-sha2-512" if kind == "ssh-rsa" else kind
    signature = key.sign_ssh_data(b"text", algorithm)
    signature.rewind()
    public = PKey.from_type_string(kind, key.asbytes())
    assert public.verify_ssh_sig(b"text", signature)


LOCK = "-passout pass:secret"
REFUSED = {
    "locked": ("ssh-keygen -qt ed25519 -N secret -f key", "ssh-ed25519, locked", "ssh-keygen -p"),
    "locked pkcs8": (
        "openssl genpkey -algorithm ED25519 -aes256 -pass pass:secret -out key",
        "encrypted, locked",
        "ssh-keygen -p",
    ),
    "locked pem": (
        f"openssl genrsa -traditional -aes128 {LOCK} -out key 2048",
        "rsa, locked",
        "ssh-keygen -p",
    ),
    "public": ("ssh-keygen -qt ed25519 -N '' -f a; mv a.pub key", "a public key", "private key"),
    "PuTTY's": ("echo 'PuTTY-User-Key-File-3: ssh-rsa' > key", "PuTTY's format", "puttygen"),
    "DSA": (
        "openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out p;"
        "openssl genpkey -paramfile p -out key",
        "DSA",
        "ssh-keygen -t ed25519",
    ),
    "a curve of others": (
        "openssl ecparam -name secp256k1 -genkey -noout -out key",
        "EC: a key of a type",
        "ssh-keygen -t ed25519",
    ),
    "cut off": (
        "ssh-keygen -qt ed25519 -N '' -f a; head -3 a > key",
        "a damaged ssh-ed25519 key",
        "copy the file",
    ),
    "no key": ("echo hello > key", "no private SSH key", "private key"),
    "empty": (": > key", "no private SSH key", "private key"),
    "binary": (r"printf '\377\000' > key", "no private SSH key", "private key"),
    "a folder": ("mkdir key", "Is a directory", "private key"),
    "missing": ("true", "No such file", "install -m 600 ~/.ssh/id_ed25519 "),
    "huge": (
        "ssh-keygen -qt ed25519 -N '' -f key; head -c 99999 /dev/zero >> key",
        "no private SSH key",
        "private key",
    ),
}


@pytest.mark.parametrize(("command", "seen", "mend"), REFUSED.values(), ids=REFUSED)
def test_what_is_of_no_use_is_named_with_the_way_out_by_doctor_and_jobs(
    tmp_path, command, seen, mend
):
    path = made(tmp_path, command)

    with pytest.raises(UnusableKey) as told:
        read_file(path)
    with pytest.raises(UnreadableKey) as raised:
        private_key(str(path))

    assert seen in told.value.seen
    assert mend in told.value.mend
    assert str(raised.value) == f"cannot read the SSH key {path}: {told.value.seen}"
    assert raised.value.mend == told.value.mend


def test_a_key_is_not_in_what_is_printed_of_it(tmp_path):
    key = read_file(made(tmp_path, "ssh-keygen -qt ed25519 -N '' -f key"))

    assert "PRIVATE" not in repr(key)
