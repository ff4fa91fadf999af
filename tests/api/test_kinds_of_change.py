"""The kinds of change as a program learns of them."""

import pytest
from jsonschema import Draft202012Validator

from workflows.kinds import KINDS


@pytest.fixture
def kinds(client):
    return {row["name"]: row for row in client.get("/v1/kinds").json["kinds"]}


def test_every_kind_is_told_with_what_it_needs(kinds):
    assert list(kinds) == list(KINDS)
    for name, kind in KINDS.items():
        row = kinds[name]
        assert (row["summary"], row["needs"], row["lock"]) == (kind.summary, kind.needs, kind.lock)
        assert row["final"] == kind.is_final


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_a_kind_fits_its_schema_and_what_is_unknown_does_not(kinds, kind):
    schema = Draft202012Validator(kinds[kind]["schema"])

    assert schema.is_valid(kinds[kind]["example"])
    assert not schema.is_valid(kinds[kind]["example"] | {"surprise": 1})


def test_kinds_that_a_client_has_are_not_sent_again(client, anonymous):
    tag = client.get("/v1/kinds").headers["ETag"]

    again = client.get("/v1/kinds", headers={"If-None-Match": tag})

    assert (again.status_code, again.data) == (304, b"")
    assert anonymous.get("/v1/kinds").status_code == 401


def test_the_document_describes_what_is_told(anonymous, client):
    document = anonymous.get("/openapi.json").json
    schema = {"$ref": "#/components/schemas/KindList", "components": document["components"]}

    Draft202012Validator(schema).validate(client.get("/v1/kinds").json)
