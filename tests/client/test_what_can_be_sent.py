"""What is refused before it is sent: names that lead elsewhere, and what no header can have."""

import pytest
from both_clients import Reply, answering

from clusterwright.client import AsyncClient, Client, Unsendable

FOUND = Reply(200, {"name": "prod"})
TOKEN = "cw_abc_secret-of-somebody"


@pytest.mark.parametrize("name", ["", ".", ".."])
@pytest.mark.parametrize("method", ["show_cluster", "show_job", "delete_host"])
def test_a_name_that_would_lead_elsewhere_is_refused_and_nothing_is_asked(client, method, name):
    with answering(FOUND) as api, pytest.raises(Unsendable, match="give the name of what is meant"):
        client.ask(api.url, method, name)

    assert api.asked == []


@pytest.mark.parametrize("name", ["../hosts", "a/b", "..."])
def test_a_name_with_odd_signs_is_one_part_of_the_address(client, name):
    with answering(FOUND) as api:
        client.ask(api.url, "show_cluster", name)

    assert api.asked[0].path == f"/v1/clusters/{name.replace('/', '%2F')}"


@pytest.mark.parametrize("key", ["CHG-1\n", "CHG 1\r\nX-Other: 1", "Änderung", " CHG-1"])
def test_a_key_that_no_header_can_have_is_refused_by_the_headers_name(client, key):
    with (
        answering(FOUND) as api,
        pytest.raises(Unsendable, match="cannot send the header Idempotency-Key"),
    ):
        client.ask(api.url, "request_change", "prod", {"kind": "verify"}, idempotency_key=key)

    assert api.asked == []


@pytest.mark.parametrize("around", ["{}\n", " {}", "\r\n{}\r\n"])
def test_white_space_around_a_token_does_not_count(around):
    with answering(FOUND) as api, Client(api.url, around.format(TOKEN)) as client:
        client.show_cluster("prod")

    assert api.asked[0].headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("odd", ["{}\nnext", "{}é", "\x00{}"])
def test_a_token_that_no_header_can_have_is_refused_without_being_told(kind, odd):
    with pytest.raises(Unsendable, match="cannot send the token") as caught:
        kind("http://127.0.0.1:1", odd.format(TOKEN))

    assert "secret" not in repr(caught.value)
