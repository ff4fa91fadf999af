"""Signatures that are published, or were reckoned by other means, are those that fit."""

import base64

import pytest
from signature_vectors import AT, VECTORS
from signed_requests import Request

from workflows.hooks.received import Unsigned
from workflows.hooks.sources import SOURCES


@pytest.mark.parametrize(("name", "secret", "body", "at", "headers"), VECTORS)
def test_a_signature_that_is_known_to_be_right_fits(name, secret, body, at, headers):
    verify = SOURCES[name].verify

    assert verify(Request(headers, body).received(at), [secret]) == 0
    with pytest.raises(Unsigned):
        verify(Request(headers, body + b" ").received(at), [secret])
    with pytest.raises(Unsigned):
        verify(Request(headers, body).received(at), [base64.b64encode(b"x" * 32)])


def test_the_challenge_of_glpi_is_answered_with_the_known_digest():
    asked = Request({}, b"", "GET", {"crc_token": "abc"}).received(AT)
    reply = SOURCES["glpi"].greet(asked, [b"s3cr3t"])

    assert reply.status == 200
    assert reply.body == "e7b80919c51385b9e86c3363c73f85cd015222e4d4eb945082d61d7b21eb8241"
