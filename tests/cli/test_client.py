import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cli.client import Client
from cli.errors import Failure, Problem, Unreachable
from clusterwright.client import Patience

JOB = "ab" * 16


class Script(BaseHTTPRequestHandler):
    """Answers by path, and remembers from where streams were resumed."""

    resumed: list[str]

    def do_GET(self) -> None:
        if self.path.endswith("/events"):
            self._stream()
        elif self.path == "/v1/jobs/abab":
            self._say(200, {"id": JOB})
        elif self.path.startswith("/v1/pages"):
            self._page()
        elif self.path == "/v1/hosts":
            self._say(401, {"title": "No token", "detail": "cannot answer", "advice": "send one"})
        else:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"hi")

    def _page(self) -> None:
        """Tell one row of three, with a link to the next that leads, as it stands, elsewhere."""
        number = int(self.path.partition("cursor=")[2] or 1)
        following = 1 if "endless" in self.path else number + 1
        text = json.dumps({"rows": [{"name": f"n{number}"}]}).encode()
        self.send_response(200)
        if following <= 3:
            link = f"http://192.0.2.1:1/other?per_page=1&cursor={following}"
            self.send_header("Link", f'<{link}>; rel="next"')
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _say(self, status: int, document: object) -> None:
        text = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _stream(self) -> None:
        if "refused" in self.path:
            problem = {"title": "Redis does not serve", "detail": "Redis is full", "advice": "look"}
            self._say(503, problem)
            return
        after = self.headers["Last-Event-ID"]
        self.resumed.append(after)
        self.send_response(200)
        self.end_headers()
        self._event("job.started", {"seq": int(after) + 1})
        if after == "1":
            self._event("end", {})

    def _event(self, name: str, data: object) -> None:
        self.wfile.write(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def url() -> Iterator[str]:
    Script.resumed = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Script) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_lost_stream_is_resumed_after_the_last_event(url):
    with Client(url, "t", patience=Patience(reconnect_seconds=0)) as client:
        events = list(client.events(JOB))

    assert [event["seq"] for event in events] == [1, 2]
    assert Script.resumed == ["0", "1"]


def test_a_problem_document_becomes_lines_with_its_advice(url):
    with Client(url, None) as client, pytest.raises(Problem) as caught:
        client.get("/v1/hosts")

    assert list(caught.value.lines()) == ["cannot answer", "  -> send one"]


def test_a_list_in_pages_is_read_to_its_end_from_the_server_that_was_named(url):
    with Client(url, "t") as client:
        assert [row["name"] for row in client.rows("/v1/pages", "rows")] == ["n1", "n2", "n3"]


def test_pages_that_lead_in_a_circle_come_to_an_end(url):
    with Client(url, "t") as client:
        assert {row["name"] for row in client.rows("/v1/pages-endless", "rows")} == {"n1"}


def test_the_beginning_of_an_id_is_completed_by_the_api(url):
    with Client(url, "t") as client:
        assert client.job("abab")["id"] == JOB


@pytest.mark.parametrize(
    ("address", "warned"),
    [
        ("http://192.0.2.1:8460", True),
        ("http://api.example:8460", True),
        ("http://127.0.0.1:8460", False),
        ("http://[::1]:8460", False),
        ("http://localhost:8460", False),
        ("https://api.example", False),
    ],
)
def test_a_token_that_can_be_read_on_the_way_is_warned_about(address, warned, capsys):
    Client(address, "cw_secret").close()
    Client(address, None).close()

    stderr = capsys.readouterr().err
    assert stderr.count("without TLS") == warned
    assert "cw_secret" not in stderr


def test_an_answer_that_is_not_json_is_not_the_api(url):
    with Client(url, "t") as client, pytest.raises(Unreachable, match="is this the API"):
        client.get("/")


def test_nobody_listening_says_how_to_start_the_stack():
    with (
        Client("http://127.0.0.1:1", "t") as client,
        pytest.raises(Unreachable, match="start it with clusterwright up"),
    ):
        client.get("/v1/hosts")


@pytest.mark.parametrize("address", ["127.0.0.1:8460", "localhost:8460", "ftp://host"])
def test_an_address_that_is_no_url_of_the_web_says_how_one_looks(address):
    with pytest.raises(Failure, match="give one as http://host:port"):
        Client(address, "t")


def test_a_refused_change_tells_findings_and_the_fields_that_they_leave_out():
    document = {
        "title": "The change is refused",
        "detail": "cannot: 1 finding",
        "findings": [
            {
                "code": "unknown-host",
                "severity": "refuse",
                "message": "host a is not there",
                "advice": "add it",
                "field": "/params/workers/0",
            }
        ],
        "errors": [
            {"pointer": "/params/workers/0", "detail": "host a is not there"},
            {"pointer": "/reason", "detail": "too long"},
        ],
    }

    assert list(Problem(409, document).lines()) == [
        "The change is refused:",
        "  refuse unknown-host: host a is not there",
        "    -> add it",
        "  /reason: too long",
    ]


def test_who_gives_up_following_a_job_says_what_the_api_said_last(url):
    patience = Patience(reconnect_seconds=0.01, give_up_seconds=0.05)

    with (
        Client(url, None, patience=patience) as client,
        pytest.raises(Problem, match="Redis is full"),
    ):
        next(client.events("refused"))


def test_a_name_that_leads_elsewhere_is_a_failure_in_a_sentence():
    with Client("http://127.0.0.1:1", "t") as client, pytest.raises(Failure, match="a name in it"):
        client.delete("/v1/hosts/..")


def test_a_token_that_no_header_can_have_is_a_failure_that_does_not_tell_it():
    with pytest.raises(Failure, match="cannot send the token") as caught:
        Client("http://127.0.0.1:1", "cw_abc_secret\nmore")

    assert "secret" not in str(caught.value)
