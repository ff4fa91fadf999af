import json
import logging
from dataclasses import replace

import pytest

from deploy_scripts.errors import HostFailure, Permanent, StepError, Transient
from deploy_scripts.redaction import RedactingFilter, redact, secrets_in

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
