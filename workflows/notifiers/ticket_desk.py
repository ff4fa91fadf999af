"""How a ticket is told: part by part, so that what was told once is not told again."""

import base64
import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from cluster.printable import printable
from workflows.notifiers.notifier import Answer, News, Post, Target, Told
from workflows.notifiers.ticket_answers import Untold, is_fine, refusal
from workflows.notifiers.ticket_notes import Note, note_of

AGENT = "clusterwright"
TOLD = "told"
"""What is kept: the parts that were told, each behind the number of its news, ``7/note``."""
MOST_KEPT = 100
TEST = "subscription.test"
"""The type of what somebody sends to try a subscription; it is about no ticket."""
NO_NOTE = Note("test", (), "", "", "", "")
NO_TICKET = cast("re.Match[str]", re.fullmatch(".*", "the receiver"))
Headers = Callable[[str, Mapping[str, str]], Mapping[str, str]]
"""How a kind shows its secret, given that and the settings."""
Part = tuple[str, Callable[[], None]]


@dataclass(frozen=True, slots=True)
class Desk:
    """A ticket system as somebody has set it up, and one note for one of its tickets."""

    target: Target
    post: Post
    headers: Headers
    note: Note
    sequence: int
    ticket: re.Match[str]
    """The ticket's name, in the form that the kind has for it."""

    @property
    def subject(self) -> str:
        return self.ticket[0]

    def setting(self, name: str, default: str = "") -> str:
        """Return a setting, also where somebody has written it with hyphens, as options are."""
        settings = self.target.settings
        return settings.get(name) or settings.get(name.replace("_", "-")) or default

    def wanted(self, prefix: str) -> str:
        """Return what a ticket is to become at this moment, by ``state_on_success`` and others."""
        return self.setting(f"{prefix}_on_{self.note.when}")

    @property
    def attachment(self) -> bytes:
        """The evidence as a file, where there is some and it is wanted."""
        if not self.note.evidence or self.setting("attach", "yes") == "no":
            return b""
        return json.dumps(self.note.evidence, indent=1, ensure_ascii=False).encode()

    @property
    def file_name(self) -> str:
        return f"evidence-{self.note.job[:12]}-{self.sequence}.json"

    def ask(
        self,
        what: str,
        method: str,
        path: str,
        document: Any = None,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Ask one thing and return the document of the answer. Raises ``Untold``."""
        answer = self.answer(method, path, document, body=body, headers=headers)
        if not is_fine(answer):
            raise Untold(refusal(f"{what} {self.subject}", answer, self._hidden()))
        return _document(answer)

    def answer(
        self,
        method: str,
        path: str,
        document: Any = None,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request; while a secret is replaced by another, either may be the good one."""
        sent = {"Accept": "application/json", "User-Agent": AGENT}
        if document is not None:
            body, sent = json.dumps(document).encode(), sent | {"Content-Type": "application/json"}
        url = f"{self.target.url.rstrip('/')}{path}"
        answer = Answer(401, b"no secret was entered")
        for secret in self.target.secrets:
            shown = self.headers(secret.decode(errors="replace").strip(), self.target.settings)
            told = {**sent, **shown, **(headers or {})}
            answer = self.post(method, url, headers=told, body=body)
            if answer.status != 401:
                break
        return answer

    def _hidden(self) -> Sequence[bytes]:
        """Return every form in which a secret is sent: a receiver may tell it back."""
        found: list[str] = []
        for secret in self.target.secrets:
            text = secret.decode(errors="replace").strip()
            shown = self.headers(text, self.target.settings)
            values = (shown.get(name, "") for name in ("Authorization", "PRIVATE-TOKEN"))
            found += [text, *text.split(), *(value.rpartition(" ")[2] for value in values)]
        return [each.encode() for each in found if each]

    def has_note(self, path: str) -> bool:
        """Say whether the note stands in a list already; a list that may not be seen says no."""
        answer = self.answer("GET", path)
        return is_fine(answer) and self.note.marker.encode() in answer.body


def teller(
    subjects: re.Pattern[str],
    headers: Headers,
    parts_of: Callable[[Desk], Sequence[Part]],
    hello: Callable[[Desk], None],
) -> Callable[[Target, News, Mapping[str, str], Post], Told]:
    """Return what tells one kind of ticket the news of its job.

    ``subjects`` is the form of its tickets' names, ``parts_of`` what is to be done in order, each
    part at most once, and ``hello`` asks what changes nothing, to try address, user and secret.
    """

    def tell(target: Target, news: News, kept: Mapping[str, str], post: Post) -> Told:
        if news.type == TEST:
            desk = Desk(target, post, headers, NO_NOTE, news.sequence, NO_TICKET)
            return _told([("hello", lambda: hello(desk))], news, kept, [])
        ticket, done = _ticket(target, news, subjects), _done(news, kept)
        note = note_of(news) if ticket else None
        if note is None or ticket is None:
            return Told(True, keep=dict(kept))
        desk = Desk(target, post, headers, note, news.sequence, ticket)
        return _told(parts_of(desk), news, kept, done)

    return tell


def _told(parts: Sequence[Part], news: News, kept: Mapping[str, str], done: Sequence[str]) -> Told:
    """Do the parts that are not done, until one cannot be done."""
    told = [*done]
    for name, act in parts:
        if name in told:
            continue
        try:
            act()
        except Untold as untold:
            return replace(untold.told, keep=_keep(news, kept, told))
        except OSError as error:
            because = f"cannot reach the receiver: {printable(str(error).encode())}"
            return Told(False, f"{because}; tried again later", keep=_keep(news, kept, told))
        told.append(name)
    return Told(True, keep=_keep(news, kept, told))


def asks(path: str) -> Callable[[Desk], None]:
    """Return what asks for a document that everybody may see who is known."""

    def hello(desk: Desk) -> None:
        desk.ask("ask", "GET", path)

    return hello


def _ticket(target: Target, news: News, subjects: re.Pattern[str]) -> re.Match[str] | None:
    """Return the ticket that asked for a job, if it is one of this receiver's."""
    reference = news.job.get("reference") or {}
    sender = target.settings.get("source")
    if sender and reference.get("source") != sender:
        return None
    # What a stranger has called it becomes part of an address: nothing but the kind's own form.
    return subjects.fullmatch(str(reference.get("subject") or ""))


def _done(news: News, kept: Mapping[str, str]) -> list[str]:
    """Return the parts of this news that were told before."""
    told = (word.partition("/") for word in kept.get(TOLD, "").split())
    return [part for sequence, _, part in told if sequence == str(news.sequence)]


def _keep(news: News, kept: Mapping[str, str], done: Sequence[str]) -> dict[str, str]:
    mine = [f"{news.sequence}/{part}" for part in done]
    others = [word for word in kept.get(TOLD, "").split() if word not in mine]
    return {**kept, TOLD: " ".join([*others, *mine][-MOST_KEPT:])}


def no_such(what: str, advice: str) -> Untold:
    """Return that something is not there which only a person can mend."""
    return Untold(Told(False, f"{what}; {advice}", is_final=True))


def _document(answer: Answer) -> Any:
    try:
        return json.loads(answer.body) if answer.body.strip() else {}
    except ValueError:
        return {}


def basic(user: str, secret: str) -> dict[str, str]:
    """Return the header of a user with a password, or a token in its place."""
    pair = base64.b64encode(f"{user}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def user_or_bearer(secret: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the header of the setting ``user``, or of a token that needs none."""
    user = settings.get("user")
    return basic(user, secret) if user else {"Authorization": f"Bearer {secret}"}


def multipart(field: str, file_name: str, content: bytes) -> tuple[bytes, dict[str, str]]:
    """Return one file as a form, and the header that says so."""
    edge = uuid.uuid4().hex
    head = (
        f"--{edge}\r\n"
        f'Content-Disposition: form-data; name="{field}"; filename="{file_name}"\r\n'
        "Content-Type: application/json\r\n\r\n"
    )
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={edge}"}
