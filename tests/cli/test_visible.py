"""Whatever an API answers, no sign of it steers the terminal."""

import json

import httpx

from cli.client import Client
from cli.visible import visible

HOSTILE = "\x1b]52;c;aGk=\x07\x9b31m\u202egnp\u2066\u2028\x00"


def test_texts_and_names_anywhere_in_a_document_are_made_visible():
    document = {"a\x1b": ["\u202e", {"b": "\x07\n", "c": 1, "d": None, "e": "größer"}]}

    shown = visible(document)

    assert shown == {r"a\x1b": [r"\u202e", {"b": "\\x07\n", "c": 1, "d": None, "e": "größer"}]}


def test_an_answer_is_visible_before_anybody_prints_it(monkeypatch):
    body = json.dumps({"hosts": [{"name": HOSTILE}]})

    def answer(*_, **__):
        return httpx.Response(200, text=body, request=httpx.Request("GET", "http://here/"))

    monkeypatch.setattr(httpx.Client, "request", answer)

    said = Client("http://here", "token").get("/v1/hosts")["hosts"][0]["name"]

    assert said.isprintable()
    assert r"\x1b]52" in said
