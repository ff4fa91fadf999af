"""A secret reaches its host on standard input and is seen nowhere else."""

import io
import json
import logging
import traceback

import pytest
from probes import script

from deploy_scripts.fleet.errors import Transient

SECRETS = {"n1": "quite-a-secret-of-host-one", "n2": "another-secret-of-host-two"}


@pytest.fixture
def everything_logged():
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    loggers = [logging.getLogger(name) for name in ("", "pyinfra", "paramiko", "deploy_scripts")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


def test_each_host_gets_its_own_secret(fleet):
    text = "IFS= read -r secret; echo ${#secret}"

    printed = fleet.run(script, on=["n1", "n2", "n3"], text=text, secrets=SECRETS)

    assert printed == {"n1": ("26",), "n2": ("26",), "n3": ("0",)}


def test_a_secret_is_in_no_command_line_of_the_host(fleet):
    text = 'IFS= read -r secret; cat /proc/[0-9]*/cmdline | tr "\\0" "\\n" > /root/seen; :'

    fleet.run(script, on=["n1"], text=text, secrets=SECRETS)

    seen = fleet.run(script, on=["n1"], text="cat /root/seen")["n1"]
    assert any("IFS= read -r secret" in line for line in seen)
    assert not any("quite-a-secret" in line for line in seen)


def test_a_secret_that_a_failing_script_prints_is_masked_everywhere(make_fleet, everything_logged):
    reports = []
    fleet = make_fleet(report=reports.append)
    text = "read -r secret; echo using $secret; echo cannot use $secret >&2; exit 1"

    with pytest.raises(Transient) as raised:
        fleet.run(script, on=["n1", "n2"], text=text, secrets=SECRETS)

    failures = [failure.as_dict() for failure in raised.value.failures]
    assert {failure["message"] for failure in failures} == {
        "cannot try it on n1: cannot use *MASKED*",
        "cannot try it on n2: cannot use *MASKED*",
    }
    trace = "".join(traceback.format_exception(raised.value))
    shown = [json.dumps(failures), repr(reports), trace, everything_logged.getvalue()]
    for secret in SECRETS.values():
        assert not [text for text in shown if secret in text]
    assert "*MASKED*" in everything_logged.getvalue()


def test_a_token_on_standard_output_is_masked_in_what_is_logged(fleet, everything_logged):
    token = "0123456789abcdef0123456789abcdef"

    fleet.try_run(script, on=["n1"], text=f"echo {token}; exit 1")

    assert "[n1] *MASKED*" in everything_logged.getvalue()
