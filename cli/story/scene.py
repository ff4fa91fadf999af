"""How the story is drawn: what happens line by line, and both sides beside each other."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from cli.output import counted
from cli.story.chat import NAME, Chat, Message
from cli.story.ticket_system import DIGEST, KEY, SUMMARY, TicketSystem, evidence_in, said

WIDEST, NARROWEST = 116, 96
"""Columns: no line of the story is longer; below the second, one side stands under the other."""
SIDE = 9
COLOURS = {"ticket": "blue", "chat": "magenta", "cluster": "cyan"}
SHOWN_OF_DIGEST = 23
READING_SECONDS = 2.5
REDRAWS_PER_SECOND = 8
FRAME = ("┌", "│", "└")
"""What a line of a drawing begins with that must not be broken."""
FENCE = re.compile(r"^```|```$", re.MULTILINE)


class Scene:
    """What a person at a terminal sees; may be told of from several threads."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.width = min(console.width, WIDEST)
        self.ticket = TicketSystem(lambda text: self.tell("ticket", text))
        self.chat = Chat(lambda text: self.tell("chat", text))

    def act(self, title: str) -> None:
        """Begin a part of the story."""
        self.console.print()
        self.console.print(
            Rule(Text(title, "bold"), align="left", characters="─"), width=self.width
        )

    def tell(self, side: str, text: str) -> None:
        """Tell what happens on one side, in a line or a few."""
        first, *more = text.splitlines() or [""]
        row = Text.assemble((f" {side:>{SIDE - 2}} ", f"bold {COLOURS[side]}"), first)
        for line in more:
            row.append(f"\n{' ' * SIDE}{line}", "dim")
        self.console.print(row, soft_wrap=True)

    def pause(self) -> None:
        """Leave a person at a terminal the time to read."""
        if self.console.is_terminal:
            time.sleep(READING_SECONDS)

    @contextmanager
    def live(self) -> Iterator[None]:
        """Show both sides below what is told while it happens, where a terminal can be redrawn.

        At the end they are printed as they stand then.
        """
        if self.console.is_terminal:
            live = Live(
                _Sides(self),
                console=self.console,
                refresh_per_second=REDRAWS_PER_SECOND,
                transient=True,
            )
            with live:
                yield
        else:
            yield
        self.console.print(_Sides(self))

    def drawn(self) -> RenderableType:
        """Return both sides as they stand."""
        is_wide = self.width >= NARROWEST
        left = self.width * 2 // 5 if is_wide else self.width
        right = self.width - left if is_wide else self.width
        sides = self._ticket(left), self._chat(right)
        if not is_wide:
            return Group(*sides)
        table = Table.grid()
        table.add_row(*sides)
        return table

    def _ticket(self, width: int) -> Panel:
        parts: list[Text] = [Text.assemble((SUMMARY, "bold"), "\n", ("now: ", "dim"))]
        parts[0].append(self.ticket.state, "green" if self.ticket.state == "Done" else "yellow")
        for comment in list(self.ticket.comments):
            parts.append(Text("\n").append_text(_comment(comment)))
        if self.ticket.evidence:
            name, document = next(reversed(self.ticket.files)), self.ticket.evidence
            digest = DIGEST.sub(_shortened, str(document.get("digest") or "no digest"))
            parts.append(Text.assemble((f"\n⎘ {name}", "green"), (f"\n  {digest}", "dim")))
        return _panel(f"ticket system  {KEY}", Group(*parts), COLOURS["ticket"], width)

    def _chat(self, width: int) -> Panel:
        parts: list[Text] = []
        shown = list(self.chat.messages.values())
        for message in shown[:-1]:  # what is over is not in the way of what goes on
            parts += [Text(message.title, "bold"), Text(message.edited, "dim"), Text("")]
        if shown:
            parts.append(_message(shown[-1], width - 4))
        else:
            parts.append(Text("nobody has said anything", "dim"))
        return _panel(f"chat  {NAME}", Group(*parts), COLOURS["chat"], width)


class _Sides:
    """Renders whatever the sides are at the moment of drawing."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.scene.drawn()


def _panel(title: str, shown: RenderableType, colour: str, width: int) -> Panel:
    heading = Text(title, f"bold {colour}")
    return Panel(
        shown, title=heading, title_align="left", border_style=colour, box=box.ROUNDED, width=width
    )


def _comment(comment: str) -> Text:
    """Return what a comment says, and that evidence follows where it does."""
    first, *more = said(comment)
    text = Text(f"▪ {first}")
    for line in more:
        text.append(f"\n  {DIGEST.sub(_shortened, line)}", "dim")
    if evidence := evidence_in(comment):
        text.append(f"\n  the evidence, in {counted(len(evidence), 'line')}", "green")
    return text


def _shortened(digest: re.Match[str]) -> str:
    return f"{digest[0][:SHOWN_OF_DIGEST]}…"


def _message(message: Message, width: int) -> Text:
    """Return a message, with its drawing only where its lines find room."""
    title, *lines = "\n".join(message.parts).splitlines()
    text = Text(title, "bold")
    fits = all(cell_len(line) <= width for line in lines if line.startswith(FRAME))
    first = len(message.parts[0].splitlines()) - 1
    for line in lines if fits else lines[:first]:
        if not (is_fence := FENCE.match(line)) or line != is_fence[0]:
            text.append(f"\n{FENCE.sub('', line)}", "red" if line.startswith("host ") else "")
    if message.buttons:
        text.append("\n")
        for verb in message.buttons:
            text.append(f" {verb.capitalize()} ", "reverse").append(" ")
    return text.append(f"\n{message.edited}", "dim") if message.edits else text
