"""Log lines: their fields, their two forms, and that no secret gets out through them."""

import io
import json
import logging
import os
import pty
import re
import subprocess
import sys
import threading

import pytest

from workflows.process import logs

JOB, TRACE, TOKEN = "a1" * 16, "b2" * 16, "0123456789abcdef" * 2
API_TOKEN = "cw_0123456789ab_" + "Zy9_-" * 8 + "Zy9"
SECONDS = 90


@pytest.fixture(autouse=True)
def _nothing_bound():
    logs.bind()
    yield
    logs.bind()


@pytest.fixture(params=[logs.JsonLines, logs.TextLines], ids=["json", "text"])
def form(request):
    return request.param


def written(form, write):
    """Return what a logger writes in a form."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form())
    logger = logging.Logger("workflows.test")
    logger.addHandler(handler)
    write(logger)
    return stream.getvalue()


def line(write):
    return json.loads(written(logs.JsonLines, write))


def test_a_line_tells_when_how_bad_who_and_what():
    entry = line(lambda log: log.warning("cannot reach %s", "n1"))

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry.pop("time"))
    assert entry == {
        "level": "warning",
        "logger": "workflows.test",
        "message": "cannot reach n1",
    }


def test_what_is_bound_stands_in_every_line_of_the_process_until_it_ends():
    job = {"job": JOB, "cluster": "prod", "kind": "create-cluster", "epoch": 1, "trace_id": TRACE}
    lines = []
    with logs.bound_everywhere(**job), logs.bound_everywhere(step="preflight", attempt=2):
        thread = threading.Thread(
            target=lambda: lines.append(line(lambda log: log.info("x", extra={"host": "n1"})))
        )
        thread.start()
        thread.join()
    after = line(lambda log: log.info("y"))

    entry = lines[0]
    assert {name: entry.get(name) for name in logs.JOB_FIELDS} == {
        **job,
        "step": "preflight",
        "attempt": 2,
        "host": "n1",
    }
    assert not set(logs.JOB_FIELDS) & set(after)


def test_what_one_request_binds_is_not_told_by_another():
    logs.bind(request_id="r1", trace_id=TRACE)
    lines = []
    thread = threading.Thread(target=lambda: lines.append(line(lambda log: log.info("x"))))
    thread.start()
    thread.join()

    mine = line(lambda log: log.info("x"))

    assert (mine["request_id"], mine["trace_id"]) == ("r1", TRACE)
    assert "request_id" not in lines[0]


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param(TOKEN, id="join token"),
        pytest.param(f"{TOKEN}/abcdef012345", id="join token with fingerprint"),
        pytest.param(API_TOKEN, id="API token"),
        pytest.param("redis://:hunter22@10.0.0.1/0", id="password in a URL"),
        pytest.param("10.0.0.1:25000/chosen-by-hand", id="join URL"),
    ],
)
def test_no_secret_is_written_wherever_it_stands(form, secret):
    hidden = re.sub(r"^cw_\w{12}_|^redis://:|@.*$|^10[^/]*/", "", secret)

    def write(log):
        log.error("cannot do it: %s", secret, extra={"path": f"/v1/{secret}", "host": secret})
        try:
            int(f"it said {secret}")
        except ValueError:
            log.exception("a defect")

    text = written(form, write)

    assert hidden not in text
    assert text.count("*MASKED*") >= 4


def test_an_id_of_the_line_is_no_secret_and_another_is():
    other = "c3" * 16

    entry = line(lambda log: log.info("%s follows %s", JOB, other, extra={"job": JOB}))

    assert entry["job"] == JOB
    assert entry["message"] == f"{JOB} follows *MASKED*"


def test_an_api_token_sent_as_a_requests_number_is_masked():
    entry = line(lambda log: log.info("x", extra={"request_id": API_TOKEN}))

    assert entry["request_id"] == "cw_0123456789ab_*MASKED*"


def test_what_is_no_field_of_ours_is_left_out():
    entry = line(lambda log: log.info("x", extra={"data": {"args": "secret"}}))

    assert "data" not in entry


def test_nobody_can_forge_a_line(form):
    text = written(form, lambda log: log.info("GET /a\n12:00:00 error x", extra={"path": "/a\nb"}))

    assert text.count("\n") == 1


def test_a_text_line_can_be_read():
    text = written(
        logs.TextLines, lambda log: log.warning("it is late", extra={"host": "n1", "attempt": 2})
    )

    assert re.fullmatch(r"\d\d:\d\d:\d\d warning it is late  attempt=2 host=n1\n", text)


PROGRAM = """
import logging, sys, warnings
from workflows.process import logs
logs.configure()
logging.getLogger("x").debug("low")
logging.getLogger("x").info("high")
logging.getLogger("paramiko.transport").info("Connected")
warnings.warn("careful")
raise ValueError("0123456789abcdef" * 2)
"""


def run(*, terminal=False, **settings):
    """Run a program that logs; return what it wrote to standard error."""
    reader, writer = pty.openpty() if terminal else os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stderr=writer, env=os.environ | settings
    ) as process:
        os.close(writer)
        text = b""
        try:
            while part := os.read(reader, 65536):
                text += part
        except OSError:  # a terminal whose other end is gone
            pass
        finally:
            os.close(reader)
        process.wait(SECONDS)
    return text.decode()


def test_a_program_writes_json_down_to_its_last_word():
    lines = [json.loads(text) for text in run().splitlines()]

    assert [entry["level"] for entry in lines] == ["info", "warning", "critical"]
    assert [entry["logger"] for entry in lines] == ["x", "py.warnings", "workflows.process.logs"]
    assert "*MASKED*" in lines[2]["message"]
    assert "Traceback" in lines[2]["exc_info"]
    assert TOKEN not in json.dumps(lines)


def test_at_a_terminal_it_writes_text():
    first = run(terminal=True).splitlines()[0]

    assert re.fullmatch(r"\d\d:\d\d:\d\d info    high", first)


def test_the_environment_chooses_form_and_level():
    assert run(terminal=True, CLUSTERWRIGHT_LOG="json").startswith("{")
    lines = run(CLUSTERWRIGHT_LOG="text", CLUSTERWRIGHT_LOG_LEVEL="debug").splitlines()
    assert [text.split(" ", 1)[1] for text in lines[:3]] == [
        "debug   low",
        "info    high",
        "info    Connected",
    ]
    assert "high" not in run(CLUSTERWRIGHT_LOG_LEVEL="warning")


@pytest.mark.parametrize(
    ("name", "value", "possible"),
    [
        ("CLUSTERWRIGHT_LOG", "yaml", "json, text"),
        ("CLUSTERWRIGHT_LOG_LEVEL", "loud", "debug, info, warning, error"),
    ],
)
def test_a_setting_that_is_none_is_refused_with_what_is_possible(
    monkeypatch, name, value, possible
):
    monkeypatch.setenv(name, value)

    with pytest.raises(logs.BadLogSetting, match=f"'{value}': {name} is one of {possible}"):
        logs.configure()
