"""What the command line can fail with.

Failure
├── Problem       the API answered with a problem document
├── Unreachable   nobody answered, or not as the API does
├── NoToken       there is no token to send
├── CannotStart   the stack or the demo did not come up
└── Interrupted   somebody pressed Ctrl-C
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cli.advice import commands


class Failure(Exception):
    """Something that ends a command, told in lines instead of a traceback."""

    exit_code = 1
    title = "The command line cannot do this"

    def lines(self) -> Iterator[str]:
        yield str(self)

    def document(self) -> Mapping[str, Any]:
        """Return the failure for programs, in the form of a problem document."""
        return {"type": "about:blank", "title": self.title, "detail": str(self)}


class Unreachable(Failure):
    """The API did not answer."""

    title = "The API does not answer"


class NoToken(Failure):
    """There is no API token to send."""

    title = "There is no API token"


class CannotStart(Failure):
    """A process of the stack, or the demo, did not come up."""

    title = "The stack or the demo did not come up"


class Interrupted(Failure):
    """Somebody pressed Ctrl-C; the exit code is the one that shells give such an end."""

    exit_code = 130
    title = "Interrupted by Ctrl-C"


class Problem(Failure):
    """An RFC 9457 problem document."""

    def __init__(self, status: int, document: Mapping[str, Any]) -> None:
        self.status, self.body = status, document
        self.options: Mapping[str, str] = {}
        """What the command line calls a field of the request, by its pointer."""
        self.title = str(document.get("title") or f"HTTP status {status}")
        super().__init__(str(document.get("detail") or self.title))

    def document(self) -> Mapping[str, Any]:
        return self.body

    def lines(self) -> Iterator[str]:
        """Yield what is wrong, every finding and field error, and what to do next, each once."""
        findings = self.body.get("findings") or ()
        # The detail of a refused change is its findings once more.
        yield f"{self.title}:" if findings else str(self).removesuffix("; see errors")
        for finding in findings:
            yield f"  {finding['severity']} {finding['code']}: {finding['message']}"
            if finding.get("advice"):
                yield f"    -> {finding['advice']}"
            for command in commands(finding.get("actions") or ()):
                yield f"       {command}"
        found_fields = {finding.get("field") for finding in findings}
        for error in self.body.get("errors") or ():
            pointer = error.get("pointer") or "/"
            if error.get("pointer") not in found_fields:
                yield f"  {self.options.get(pointer, pointer)}: {error.get('detail')}"
        yield from self.advice_lines()

    def advice_lines(self) -> Iterator[str]:
        """Yield what to do next."""
        if self.body.get("advice"):
            yield f"  -> {self.body['advice']}"
        for command in commands(self.body.get("actions") or ()):
            yield f"     {command}"
