"""The inventory over HTTP."""

import base64

import pytest
from api_requests import HOST_KEY, stored

HOST = {"address": "192.168.1.21", "host_key": HOST_KEY}


def test_a_host_is_added_then_changed_then_deleted(client, redis):
    added = client.put("/v1/hosts/web-1", json=HOST)
    changed = client.put("/v1/hosts/web-1", json=HOST | {"port": 2222, "zone": "a"})
    shown = client.get("/v1/hosts/web-1")
    deleted = client.delete("/v1/hosts/web-1")
    gone = client.get("/v1/hosts/web-1")

    assert (added.status_code, added.headers["Location"]) == (201, "/v1/hosts/web-1")
    assert added.json == {
        "name": "web-1",
        "address": "192.168.1.21",
        "host_key": HOST_KEY,
        "port": 22,
        "user": "root",
        "ssh_key": "default",
        "node_address": "192.168.1.21",
        "jump": "",
        "site": "default",
        "zone": "",
        "labels": {},
        "cluster": "",
        "reserved_by": "",
        "links": {"self": "/v1/hosts/web-1"},
    }
    assert changed.status_code == 200
    assert shown.json == added.json | {"port": 2222, "zone": "a"}
    assert (deleted.status_code, deleted.data) == (204, b"")
    assert (gone.status_code, gone.json["type"]) == (404, "/problems/host-not-found")


def test_hosts_are_listed_by_name(client, inventory):
    answer = client.get("/v1/hosts")

    assert [row["name"] for row in answer.json["hosts"]] == ["n1", "n2", "n3"]


def test_a_node_cannot_be_deleted_or_moved_and_can_be_described(client, job):
    deleted = client.delete("/v1/hosts/n1")
    moved = client.put("/v1/hosts/n1", json=HOST)
    described = client.put("/v1/hosts/n1", json=HOST | {"address": "10.0.0.1", "zone": "b"})

    assert [(a.status_code, a.json["type"]) for a in (deleted, moved)] == [
        (409, "/problems/host-in-use")
    ] * 2
    assert "10.0.0.1 to 192.168.1.21" in moved.json["detail"]
    assert (described.status_code, described.json["zone"]) == (200, "b")
    assert described.json["cluster"] == "prod"


def rsa_key(bits: int) -> str:
    """Return a public key of that length; nobody has the private one."""
    parts = (b"ssh-rsa", b"\1\0\1", b"\0" + (2**bits - 1).to_bytes(bits // 8))
    blob = b"".join(len(part).to_bytes(4) + part for part in parts)
    return f"ssh-rsa {base64.b64encode(blob).decode()}"


def test_the_comment_behind_a_key_is_left_out(client, redis):
    answer = client.put("/v1/hosts/web-1", json=HOST | {"host_key": f"{HOST_KEY} root@web-1 (new)"})

    assert (answer.status_code, answer.json["host_key"]) == (201, HOST_KEY)


@pytest.mark.parametrize("bits", [2048, 3072, 4096, 16384])
def test_a_pinned_key_may_be_as_long_as_openssh_makes_them(client, redis, bits):
    answer = client.put("/v1/hosts/web-1", json=HOST | {"host_key": rsa_key(bits)})

    assert answer.status_code == 201


DIRECTORY = ["CORP\\ada", "corp.example\\svc-ops$", "svc-ops$"]


@pytest.mark.parametrize(
    "user", ["ada.lovelace", "Ada@corp.example", "svc+ssh", "_apt", "4ever", *DIRECTORY]
)
def test_a_user_may_have_a_name_as_directories_have_them(client, redis, user):
    answer = client.put("/v1/hosts/web-1", json=HOST | {"user": user})

    assert (answer.status_code, answer.json["user"]) == (201, user)


BAD = {
    "no address": ({"host_key": HOST_KEY}, "/address"),
    "a name as address": (HOST | {"address": "host.example"}, "/address"),
    "IPv6": (HOST | {"address": "::1"}, "/address"),
    "a node on loopback": (HOST | {"node_address": "127.0.0.1"}, "/node_address"),
    "a node at a multicast address": (HOST | {"node_address": "239.1.1.1"}, "/node_address"),
    "a node at no address": (HOST | {"node_address": "0.0.0.0"}, "/node_address"),  # noqa: S104  # refused
    "no key": ({"address": "10.0.0.1"}, "/host_key"),
    "key with its address": (HOST | {"host_key": "10.0.0.1 " + HOST_KEY}, "/host_key"),
    "key with an option": (HOST | {"host_key": HOST_KEY + "\nevil"}, "/host_key"),
    "key of another type": (
        HOST | {"host_key": HOST_KEY.replace("ssh-ed25519 ", "ssh-rsa ")},
        "/host_key",
    ),
    "key that is no base64": (HOST | {"host_key": HOST_KEY[:-1]}, "/host_key"),
    "a private key": (HOST | {"ssh_key": "-----BEGIN OPENSSH PRIVATE KEY-----"}, "/ssh_key"),
    "a key's path": (HOST | {"ssh_key": "../../etc/shadow"}, "/ssh_key"),
    "port 0": (HOST | {"port": 0}, "/port"),
    "port as text": (HOST | {"port": "22"}, "/port"),
    "user with a command": (HOST | {"user": "root; id"}, "/user"),
    "user with an option": (HOST | {"user": "-oProxyCommand=id"}, "/user"),
    "user with two domains": (HOST | {"user": "A\\B\\ada"}, "/user"),
    "user of a domain that is an option": (HOST | {"user": "-o\\ada"}, "/user"),
    "user with a variable": (HOST | {"user": "$HOME"}, "/user"),
    "user with a domain alone": (HOST | {"user": "CORP\\"}, "/user"),
    "RSA key that is short": (HOST | {"host_key": rsa_key(1024)}, "/host_key"),
    "key on a token": (
        HOST | {"host_key": HOST_KEY.replace("ssh-ed25519 ", "sk-ssh-ed25519@openssh.com ")},
        "/host_key",
    ),
    "site": (HOST | {"site": "Main Office"}, "/site"),
    "label": (HOST | {"labels": {"a": 1}}, "/labels/a"),
    "a field of the answer": (HOST | {"cluster": "prod"}, "/cluster"),
}


@pytest.mark.parametrize(("body", "pointer"), BAD.values(), ids=BAD)
def test_a_wrong_host_is_told_where_and_is_not_stored(client, redis, body, pointer):
    before = stored(redis)

    answer = client.put("/v1/hosts/web-1", json=body)

    assert answer.status_code == 422
    assert [row["pointer"] for row in answer.json["errors"]] == [pointer]
    assert stored(redis) == before


@pytest.mark.parametrize("name", ["Web", "a_b", "a.b", "-a", "x" * 64, "a:b", "%20"])
def test_a_host_needs_a_name_that_is_one(client, redis, name):
    before = stored(redis)

    answer = client.put(f"/v1/hosts/{name}", json=HOST)

    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "/name"
    assert stored(redis) == before
