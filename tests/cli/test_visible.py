"""Whatever an API answers, no sign of it steers the terminal."""

import json

import click
import httpx
from click.testing import CliRunner

from cli.client import Client
from cli.commands import Group
from cli.doctor.check import warned
from cli.errors import Failure
from cli.output import print_json
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

    name = Client("http://here", "token").get("/v1/hosts")["hosts"][0]["name"]

    assert name.isprintable()
    assert r"\x1b]52" in name


def test_a_failure_that_quotes_somebody_is_visible_line_by_line():
    @click.group(cls=Group)
    def commands():
        pass

    @commands.command()
    def fail():
        raise Failure(f"cannot start it; its log ends with:\n  {HOSTILE}")

    output = CliRunner().invoke(commands, ["fail"]).output

    first, second = output.splitlines()
    assert first.endswith("ends with:")
    assert second.isprintable()


def test_what_the_doctor_was_told_and_json_for_programs_are_visible(capsys):
    print_json({"seen": warned("redis", HOSTILE, "").as_dict(), HOSTILE: HOSTILE})

    assert {sign for sign in capsys.readouterr().out if not sign.isprintable()} == {"\n"}
