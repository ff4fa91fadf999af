"""Which addresses hosts may have, and which keys their sites may use: asked when one is put."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
from api_requests import HOST_KEY

from api.app import create_app
from cluster.allowed_networks import AllowedNetworks

HOST = {"address": "192.168.1.21", "host_key": HOST_KEY}
NOT_USUAL = {
    "127.0.0.1": "loopback",
    "127.9.9.9": "loopback",
    "169.254.169.254": "link-local",
    "224.0.0.1": "multicast",
    "0.0.0.0": "no host's address",  # noqa: S104  # nothing is bound here
    "255.255.255.255": "broadcast",
    "240.0.0.1": "reserved",
}


@pytest.fixture
def allowing(settings, token):
    @contextmanager
    def allowing(networks):
        app = create_app(replace(settings, allowed_networks=AllowedNetworks.read(networks)))
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        yield client
        app.extensions["clusterwright"].close()

    return allowing


@pytest.mark.parametrize("address", NOT_USUAL)
def test_an_address_that_no_other_machine_has_is_refused_unless_it_is_listed(
    client, redis, allowing, address
):
    before = redis.keys("cw:host*")
    refused = client.put("/v1/hosts/n1", json=HOST | {"address": address})
    with allowing(f"usual,{address}/32") as lenient:
        taken = lenient.put("/v1/hosts/n1", json=HOST | {"address": address})

    assert refused.status_code == 422
    (fault,) = refused.json["errors"]
    assert fault["pointer"] == "/address"
    assert NOT_USUAL[address] in fault["detail"]
    assert f"CLUSTERWRIGHT_ALLOWED_NETWORKS=usual,{address}/32" in fault["detail"]
    assert before == []
    assert taken.status_code == 201


def test_only_listed_networks_are_taken_when_some_are_listed(redis, allowing):
    with allowing("10.20.0.0/16, 192.168.7.0/24") as client:
        inside = client.put("/v1/hosts/n1", json=HOST | {"address": "10.20.3.4"})
        outside = client.put("/v1/hosts/n2", json=HOST | {"address": "10.21.3.4"})
        moved = client.put("/v1/hosts/n1", json=HOST | {"address": "10.21.3.4"})
        listed = client.get("/v1/hosts").json["hosts"]

    assert (inside.status_code, outside.status_code, moved.status_code) == (201, 422, 422)
    assert "allows 10.20.0.0/16,192.168.7.0/24 only" in outside.json["errors"][0]["detail"]
    assert [(host["name"], host["address"]) for host in listed] == [("n1", "10.20.3.4")]


def test_a_simulated_host_may_answer_ssh_on_loopback_and_be_stored_again_as_it_was_listed(allowing):
    with allowing("127.0.0.0/8") as client:
        for node in ({}, {"node_address": "127.0.0.1"}, {"node_address": "10.79.0.11"}):
            answer = client.put("/v1/hosts/n1", json=HOST | {"address": "127.0.0.1"} | node)

            assert answer.status_code in (200, 201)


def test_a_key_that_is_bound_to_other_sites_is_refused(client, redis, settings):
    settings.keys_dir.mkdir()
    binding = settings.keys_dir / "vault.sites"
    binding.write_text("# the vault's machines\nvault\n")
    body = HOST | {"ssh_key": "vault"}

    elsewhere = client.put("/v1/hosts/n1", json=body)
    there = client.put("/v1/hosts/n2", json=body | {"site": "vault"})
    unbound = client.put("/v1/hosts/n3", json=HOST)
    binding.write_text("")
    bound_to_none = client.put("/v1/hosts/n4", json=body | {"site": "vault"})

    assert (elsewhere.status_code, elsewhere.json["errors"][0]["pointer"]) == (422, "/ssh_key")
    assert "for site default: it is bound to site vault" in elsewhere.json["errors"][0]["detail"]
    assert f"echo default >> {binding}" in elsewhere.json["errors"][0]["detail"]
    assert (there.status_code, unbound.status_code) == (201, 201)
    assert (bound_to_none.status_code, "no site" in bound_to_none.text) == (422, True)


@pytest.mark.parametrize("name", ["default.sites", "default.pub"])
def test_what_stands_beside_a_key_cannot_be_named_as_one(client, redis, name):
    answer = client.put("/v1/hosts/n1", json=HOST | {"ssh_key": name})

    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/ssh_key")
