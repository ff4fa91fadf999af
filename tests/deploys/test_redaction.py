import base64
import json
import logging
import time
from dataclasses import replace
from urllib.parse import quote

import pytest

from deploy_scripts.fleet.errors import HostFailure, Permanent, StepError, Transient
from deploy_scripts.fleet.redaction import MASK, RedactingFilter, redact, secrets_in

TOKEN = "0123456789abcdef0123456789abcdef"
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(f"join {TOKEN} now", "join *MASKED* now", id="token"),
        pytest.param(f"{TOKEN}/abcdef012345", "*MASKED*", id="token with fingerprint"),
        pytest.param(f"add-node: {TOKEN}.", "add-node: *MASKED*.", id="before a full stop"),
        pytest.param(f"token_{TOKEN}", "token_*MASKED*", id="behind an underscore"),
        pytest.param("10.0.0.1:25000/my-own/ab12", "10.0.0.1:25000/*MASKED*", id="chosen token"),
        pytest.param(f"begin {KEY} end", "begin *MASKED* end", id="private key"),
        pytest.param(KEY[:60], "*MASKED*", id="private key cut off"),
        pytest.param("sha256 " + "a1" * 32, "sha256 " + "a1" * 32, id="a longer digest stays"),
        pytest.param("node 10.0.0.1:25000 is up", "node 10.0.0.1:25000 is up", id="bare address"),
        pytest.param(
            "cw_0123456789ab_" + "Zy9_-" * 8 + "Zy9", "cw_0123456789ab_*MASKED*", id="API token"
        ),
        pytest.param("redis://:pw@h:6379/0", "redis://:*MASKED*@h:6379/0", id="URL password"),
        pytest.param("redis://h:6379/0?a@b", "redis://h:6379/0?a@b", id="URL without one"),
        pytest.param("redis://u:a/b/c@h:6379/0", "redis://u:*MASKED*@h:6379/0", id="with a slash"),
        pytest.param(f"x{TOKEN}", "x*MASKED*", id="behind a letter that is no digit of it"),
        pytest.param(TOKEN.upper(), "*MASKED*", id="in upper case"),
        pytest.param("password=hunter22", "password=*MASKED*", id="password="),
        pytest.param("DB_PASSWORD: 'hunter22'", "DB_PASSWORD: '*MASKED*'", id="a variable"),
        pytest.param('{"api_key": "abcdefgh"}', '{"api_key": "*MASKED*"}', id="in JSON"),
        pytest.param("    token: abcdefghij", "    token: *MASKED*", id="kubeconfig"),
        pytest.param("client-key-data: LS0tLS1C", "client-key-data: *MASKED*", id="client key"),
        pytest.param(
            "aws_secret_access_key = wJalrXUt", "aws_secret_access_key = *MASKED*", id="AWS secret"
        ),
        pytest.param("key AKIAIOSFODNN7EXAMPLE", "key *MASKED*", id="AWS id"),
        pytest.param("ghp_" + "a1" * 18, "*MASKED*", id="GitHub"),
        pytest.param("glpat-" + "a1" * 10, "*MASKED*", id="GitLab"),
        pytest.param("xoxb-123456789012-abc", "*MASKED*", id="Slack"),
        pytest.param("Bearer abcdefghijkl.mn", "Bearer *MASKED*", id="bearer"),
        pytest.param(f"t={'eyJhbGciOiJ9'}.{'eyJzdWIiOiIx'}.sig", "t=*MASKED*", id="JWT"),
        pytest.param("the token is not known", "the token is not known", id="a sentence"),
        pytest.param("token: it is", "token: it is", id="a short word"),
        pytest.param("job_id=0123", "job_id=0123", id="an id"),
        pytest.param("SHA256:" + "Ab1/" * 10, "SHA256:" + "Ab1/" * 10, id="a fingerprint"),
        pytest.param("@@piece H4sIAAAA+/=", "@@piece *MASKED*", id="a piece of a backup"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_secrets_are_masked_and_nothing_else_is(text, expected):
    assert redact(text) == expected


def test_an_id_that_is_known_to_be_one_is_kept():
    other = TOKEN[::-1]

    assert redact(f"job {TOKEN} and {other}", keep={TOKEN}) == f"job {TOKEN} and *MASKED*"


def test_a_secret_that_is_named_is_masked_whatever_it_looks_like():
    assert redact("pass: correct horse", ["correct horse"]) == "pass: *MASKED*"


SECRET = "tr0ub4dor&3/of-the+town~xyz"
BASE64 = [base64.b64encode(b"_" * before + SECRET.encode() + b"!").decode() for before in range(3)]
FORMS = {
    "upper case": SECRET.upper(),
    "among letters": f"x{SECRET}9",
    "split by a new line": SECRET[:9] + "\n" + SECRET[9:],
    "split by blanks": " ".join(SECRET),
    "split by colours": SECRET[:9] + "\x1b[1;31m" + SECRET[9:] + "\x1b[0m",
    "in base64": BASE64[0],
    "in base64, later": BASE64[1],
    "in base64, still later": BASE64[2],
    "in base64 of URLs": base64.urlsafe_b64encode(SECRET.encode()).decode(),
    "in base64 without padding": base64.b64encode(SECRET.encode()).decode().rstrip("="),
    "in a URL": quote(SECRET, safe=""),
    "in a URL, in lower case": quote(SECRET, safe="").lower(),
    "in hexadecimal digits": SECRET.encode().hex(),
    "its beginning": SECRET[:20] + "...",
    "its end": "..." + SECRET[-20:],
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_known_secret_is_masked_in_every_form(form):
    shown = redact(f"before [{form}] after", [SECRET])

    assert MASK in shown
    assert shown.startswith("before [")
    assert shown.endswith("] after")
    left = shown.removeprefix("before [").removesuffix("] after").replace(MASK, "")
    assert len(left) <= 8  # what stood around it, and the ends of base64 that it shares


def test_the_parts_of_a_join_url_are_secrets_each_by_itself():
    assert TOKEN in secrets_in(f"10.0.0.1:25000/{TOKEN}/abcdef012345\n")
    assert redact(f"x{TOKEN[:20]}", secrets_in(f"10.0.0.1:25000/{TOKEN}/ab")) == f"x{MASK}"


SHAPES = [
    "a",
    "://a:",
    "password=",
    "token_",
    "_-",
    "eyJ",
    "0123456789abcdef",
    "ghp_",
    "\x1b[0m",
    " x",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_masking_costs_time_by_the_sign(shape):
    def seconds(size):
        text = (shape * size)[:size]
        began = time.process_time()
        redact(text, [SECRET])
        return time.process_time() - began

    seconds(1000)  # what is compiled once
    assert seconds(300_000) < 30 * max(seconds(30_000), 0.002)


def test_only_the_long_lines_of_a_secret_text_are_secrets():
    assert secrets_in(f"10.0.0.1\n  {TOKEN}\n\n") == (TOKEN,)


def test_a_log_record_is_masked_with_its_arguments():
    record = logging.LogRecord("pyinfra", logging.ERROR, "", 0, "[%s] %s", ("n1", TOKEN), None)

    RedactingFilter().filter(record)

    assert record.getMessage() == "[n1] *MASKED*"


def test_a_failure_is_plain_json():
    failure = HostFailure("n1", "cannot do it on n1: bad", lines=("a", "bad"))

    assert json.loads(json.dumps(failure.as_dict())) == {
        "host": "n1",
        "message": "cannot do it on n1: bad",
        "operation": "",
        "command": "",
        "exit_code": None,
        "lines": ["a", "bad"],
        "advice": "",
        "code": "command-failed",
        "actions": [],
    }


@pytest.mark.parametrize("kind", [Transient, Permanent])
def test_a_step_error_carries_its_failures_and_its_advice(kind):
    failure = HostFailure("n1", "cannot do it on n1: bad")

    error = kind("cannot do it", failures=[failure, replace(failure, host="n2")], advice="retry")

    assert isinstance(error, StepError)
    assert (str(error), error.advice, [f.host for f in error.failures]) == (
        "cannot do it",
        "retry",
        ["n1", "n2"],
    )
