"""The API as the command line uses it: ``clusterwright.client``, fit for a terminal."""

import ipaddress
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import click
import httpx

from cli.errors import Failure, Problem, Unreachable
from cli.visible import visible
from clusterwright import client as api
from clusterwright.calls import READ_SECONDS, Form
from clusterwright.client import Answer, Call, Patience
from clusterwright.operations import show_job
from lab.program import program


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


@contextmanager
def _told() -> Iterator[None]:
    """Make what the library fails with what the command line tells."""
    try:
        yield
    except api.Problem as error:
        raise Problem(error.status, visible(error.document)) from None
    except api.Unreachable as error:
        raise _unreachable(error) from error
    except api.NotTheApi as error:
        raise Unreachable(str(error)) from None
    except api.Unsendable as error:
        raise Failure(str(error)) from None


def _unreachable(error: api.Unreachable) -> Unreachable:
    return Unreachable(
        f"cannot reach the API at {error.url}: {error.cause or type(error.cause).__name__}; "
        f"start it with {program()} up, or name another with --url"
    )


class Client:
    """One connection to the API."""

    def __init__(self, url: str, token: str | None, *, patience: Patience = api.ONCE) -> None:
        if token and is_readable_on_the_way(url):
            click.echo(
                f"warning: the token is sent to {url} without TLS, and can be read on the way; "
                "use https://",
                err=True,
            )
        if urlsplit(url).scheme not in {"http", "https"}:
            raise Failure(
                f"cannot use the URL {url}: it does not begin with http:// or https://; "
                "give one as http://host:port"
            )
        try:
            with _told():
                self._api = api.Client(url, token, patience=patience)
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
        self._api.close()

    def get(self, path: str, **query: Any) -> Any:
        """Ask for a path without a query: what is asked with it comes by name."""
        return self._ask(Call("GET", path, query=query)).document

    def get_within(self, seconds: float, path: str) -> Any:
        """Ask for what takes its time."""
        return self._ask(Call("GET", path, read_seconds=seconds)).document

    def rows(
        self, path: str, name: str, most: int | None = None, **query: Any
    ) -> list[dict[str, Any]]:
        """Return what a list holds under ``name``, one page after the other; ``most`` at most."""
        with _told():
            pages = self._api.pages(Call[dict[str, Any]]("GET", path, query=query))
            rows = (row for page in pages for row in visible(page)[name])
            return list(islice(rows, most))

    def text(self, path: str, **query: Any) -> str:
        """Return what the API answers in another form than JSON."""
        with _told():
            return self._api.send(Call[str]("GET", path, query=query, form=Form.TEXT))

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, *, wait: float = READ_SECONDS
    ) -> Any:
        """Send something; return the answer, which is waited for so many seconds."""
        return self._ask(Call("POST", path, body=body, read_seconds=wait)).document

    def tagged(self, path: str) -> tuple[Any, str]:
        """Return a document and the tag that names its state."""
        answer = self._ask(Call("GET", path))
        return answer.document, answer.tag

    def put(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> Any:
        return self._ask(Call("PUT", path, body=body, headers=dict(headers or {}))).document

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._ask(Call("PATCH", path, body=body)).document

    def delete(self, path: str) -> None:
        self._ask(Call("DELETE", path))

    def job(self, job_id: str) -> dict[str, Any]:
        """Return a job by its id or by an unmistakable beginning of it."""
        found: dict[str, Any] = self._ask(show_job(job_id)).document
        return found

    def events(self, job_id: str, after: int = 0) -> Iterator[dict[str, Any]]:
        """Yield a job's events as they happen, until it is finished; survives lost connections."""
        with _told():
            for event in self._api.events(job_id, after=after):
                yield visible(event)

    def _ask(self, call: Call[Any]) -> Answer[Any]:
        """Send a call; what could not be printed in its answer is made visible."""
        with _told():
            answer = self._api.ask(call)
        return Answer(visible(answer.document), answer.status, answer.headers)
