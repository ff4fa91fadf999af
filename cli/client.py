"""The API as the command line uses it: JSON in and out, problems as exceptions, live events."""

import ipaddress
import json
import time
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, NoReturn, Self
from urllib.parse import quote, urlsplit

import click
import httpx

from cli.errors import Failure, Problem, Unreachable
from cli.sse import messages
from cli.visible import visible
from lab.program import program

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
SILENCE_SECONDS = 45.0
"""A stream sends a heartbeat each 15 s; after three missing ones it is taken for dead."""
RECONNECT_SECONDS = 1.0
GIVE_UP_SECONDS = 120.0
"""How long a job is followed without a connection."""
PASSING = {429, 502, 503, 504}
"""Of whoever follows a job, these are lost connections; the last problem is told at the end."""
OPENED = "opened"
"""Our own word for a stream that stands; the server's all differ from it."""


def is_readable_on_the_way(url: str) -> bool:
    """Say whether what is sent to an address leaves this machine in plain text."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "http" or host == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


class Client:
    """One connection to the API."""

    def __init__(self, url: str, token: str | None) -> None:
        headers = {"Accept": "application/json, application/problem+json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
            if is_readable_on_the_way(url):
                click.echo(
                    f"warning: the token is sent to {url} without TLS, and can be read on the way; "
                    "use https://",
                    err=True,
                )
        try:
            self._http = httpx.Client(
                base_url=url,
                headers=headers,
                timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
                trust_env=False,  # a proxy of the environment has no business with the API
            )
        except httpx.InvalidURL as error:
            raise Failure(
                f"cannot use the URL {url}: {error}; give one as http://host:port"
            ) from None
        self.url = url

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """Ask for a path without a query: what is asked with it comes by name."""
        return self._ask("GET", path, params=_given(query))

    def get_within(self, seconds: float, path: str) -> Any:
        """Ask for what takes its time."""
        return self._ask("GET", path, timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS))

    def rows(
        self, path: str, name: str, most: int | None = None, **asking: Any
    ) -> list[dict[str, Any]]:
        """Return what a list holds under ``name``, one page after the other; ``most`` at most."""
        found: list[dict[str, Any]] = []
        asked, query = set[str](), str(httpx.QueryParams(_given(asking)))
        while query not in asked and (most is None or len(found) < most):
            asked.add(query)
            answer = self._request("GET", path, params=httpx.QueryParams(query))
            found += _body(answer)[name]
            # Of the link only what it asks: where to send the token was said by the person.
            query = urlsplit(answer.links.get("next", {}).get("url", "")).query
            if not query:
                break
        return found[:most]

    def text(self, path: str) -> str:
        """Return what the API answers in another form than JSON."""
        answer = self._request("GET", path, headers={"Accept": "*/*"})
        if not answer.is_success:
            _body(answer)  # raises the problem that it tells
        return answer.text

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, *, wait: float = READ_SECONDS
    ) -> Any:
        """Send something; return the answer, which is waited for so many seconds."""
        options = {"timeout": httpx.Timeout(wait, connect=CONNECT_SECONDS)}
        return self._ask("POST", path, **options, **({} if body is None else {"json": body}))

    def tagged(self, path: str) -> tuple[Any, str]:
        """Return a document and the tag that names its state."""
        answer = self._request("GET", path)
        return _body(answer), answer.headers.get("ETag", "")

    def put(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Any:
        return self._ask("PUT", path, json=body, headers=headers or {})

    def delete(self, path: str) -> None:
        self._ask("DELETE", path)

    def _ask(self, method: str, path: str, **arguments: Any) -> Any:
        return _body(self._request(method, path, **arguments))

    def _request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        try:
            return self._http.request(method, path, **arguments)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> Unreachable:
        return Unreachable(
            f"cannot reach the API at {self.url}: {error or type(error).__name__}; "
            f"start it with {program()} up, or name another with --url"
        )

    def job(self, job_id: str) -> dict[str, Any]:
        """Return a job by its id or by an unmistakable beginning of it."""
        found: dict[str, Any] = self.get(f"/v1/jobs/{quote(job_id, safe='')}")
        return found

    def events(self, job_id: str, after: int = 0) -> Iterator[dict[str, Any]]:
        """Yield a job's events as they happen, until it is finished; survives lost connections."""
        lost_since: float | None = None
        while True:
            try:
                for name, event in self._stream(job_id, after):
                    lost_since = None
                    if name == "end":
                        return
                    if name == "reset":
                        break
                    if name != OPENED:
                        after = int(event["seq"])
                        yield event
            except (httpx.HTTPError, Problem) as error:
                if isinstance(error, Problem) and error.status not in PASSING:
                    raise
                lost_since = lost_since or time.monotonic()
                if time.monotonic() - lost_since > GIVE_UP_SECONDS:
                    if isinstance(error, Problem):
                        raise
                    raise self._unreachable(error) from error
            time.sleep(RECONNECT_SECONDS)

    def _stream(self, job_id: str, after: int) -> Iterator[tuple[str, dict[str, Any]]]:
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
        timeout = httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS)
        path = f"/v1/jobs/{job_id}/events"
        with self._http.stream("GET", path, headers=headers, timeout=timeout) as answer:
            if not answer.is_success:
                answer.read()
                _refuse(answer)
            yield OPENED, {}
            for message in messages(answer.iter_lines()):
                yield message.event, visible(json.loads(message.data))


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _refuse(answer: httpx.Response) -> NoReturn:
    """Raise what a stream that did not begin was answered with; a proxy's page is a lost line."""
    try:
        _body(answer)
    except Unreachable:
        if answer.status_code not in PASSING:
            raise
    raise httpx.RemoteProtocolError(f"HTTP status {answer.status_code}")


def _body(answer: httpx.Response) -> Any:
    """Return the answer's JSON, or raise the problem that it tells."""
    if answer.status_code == 204:
        return None
    try:
        body = visible(answer.json())
    except ValueError:
        body = None
    if answer.is_success and body is not None:
        return body
    if isinstance(body, dict) and "title" in body:
        raise Problem(answer.status_code, body)
    raise Unreachable(
        f"cannot understand the answer of {answer.request.url}: HTTP status {answer.status_code} "
        "without JSON; is this the API?"
    )
