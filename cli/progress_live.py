"""A job's progress as a display that moves, for people at a terminal."""

import time
from collections.abc import Callable, Iterator

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from cli.output import colour, counted, duration, sign
from cli.progress import ACTIVE, OVER, PASSED, JobProgress, StepView, quorum_line
from cli.progress_lines import NOTABLE_SECONDS, at_most
from clusterwright.estimates import left_in_words

MANY_HOSTS = 12
"""Beyond it, hosts are counted instead of shown one by one."""
SHORT = 8


class LiveView:
    """The display; renders whatever the job is at the moment of drawing."""

    def __init__(self, view: JobProgress, clock: Callable[[], float] = time.time) -> None:
        self.view = view
        self._clock = clock
        self._spinner = Spinner("dots", style="cyan")

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.drawn()

    def drawn(self) -> RenderableType:
        """Return the job as it stands now."""
        now = self._clock()
        parts: list[RenderableType] = [self._header(now), self._steps(now)]
        left = left_in_words(self.view.estimate, now)
        if left:
            parts.append(Text(f"  left    {left}", style="dim"))
        quorum = quorum_line(self.view)
        if quorum:
            style = "bold red" if "NO QUORUM" in quorum else "dim"
            parts.append(Text(f"  quorum  {quorum}", style=style))
        return Group(*parts)

    def _header(self, now: float) -> Text:
        view = self.view
        text = Text.assemble(
            (f"{sign(view.status)} ", colour(view.status)),
            (f"{view.kind} {view.cluster}", "bold"),
            (f"  {view.status}", colour(view.status)),
            (f"  {duration(view.seconds(now))}", "cyan"),
            (_rested(view), "dim"),
            (f"  job {view.id[:SHORT]}", "dim"),
        )
        if view.position:
            behind = f" behind job {view.waits_for[:SHORT]}" if view.waits_for else ""
            text.append(f"  waits at place {view.position}{behind}", "yellow")
        if view.held_by:
            text.append(f"  held back by {view.held_by}", "yellow")
        return text

    def _steps(self, now: float) -> Table:
        table = Table.grid(padding=(0, 1))
        table.add_column(width=3, justify="right")
        table.add_column()
        width = max((len(step.title) for step in self.view.steps), default=0)
        for step in self.view.steps:
            table.add_row(self._sign(step), _title(step, width, now))
            if step.status in ACTIVE or step.error or step.waits_for:
                # What ended the job is told in whole below the display.
                table.add_row(
                    "",
                    Padding(
                        Group(*_details(step, now, with_error=not self.view.is_finished)),
                        (0, 0, 0, 2),
                    ),
                )
        return table

    def _sign(self, step: StepView) -> RenderableType:
        if step.status in ACTIVE:
            return self._spinner
        return Text(sign(step.status), colour(step.status))


def _rested(view: JobProgress) -> str:
    """Return what is left out of the time: for a person, or for its turn."""
    return f" (at rest for {duration(view.waited)})" if view.waited >= NOTABLE_SECONDS else ""


def _title(step: StepView, width: int, now: float) -> Text:
    """The title, and the seconds at the same place in every frame."""
    text = Text(step.title.ljust(width), "dim" if step.status == "pending" else "")
    text.append(f"{duration(step.seconds(now)):>9}", "cyan")
    if step.attempt > 1:
        text.append(f"  attempt {step.attempt}", "yellow")
    if step.status in OVER and step.waited >= NOTABLE_SECONDS:
        text.append(f"  waited {duration(step.waited)}", "dim")
    if step.status == "done" and step.warnings:
        text.append(f"  done with {counted(step.warnings, 'warning')}", "yellow")
    if step.status in {"undoing", "retrying", "waiting", "stuck", "left-out", *PASSED}:
        text.append(f"  {step.status.replace('-', ' ')}", colour(step.status))
    return text


def _details(step: StepView, now: float, *, with_error: bool) -> Iterator[RenderableType]:
    """The hosts as chips, what each does at the moment, and the error."""
    yield _chips(step)
    busy = [(name, host) for name, host in step.hosts.items() if host.status == "running"]
    for name, host in busy[:MANY_HOSTS]:
        activity = ": ".join(fact for fact in (host.operation, host.detail) if fact)
        if activity:
            yield Text(f"{name}  {activity}", "dim", no_wrap=True, overflow="ellipsis")
    if step.ends_by:
        yield Text(f"the cancel waits for its end: {at_most(step, now)}", "yellow")
    if step.waits_for and step.waits_for.get("what"):
        yield Text(f"waits: {step.waits_for['what']}", "yellow")
        if step.waits_for.get("advice"):
            yield Text(f"-> {step.waits_for['advice']}", "dim")
    if step.error and with_error:
        yield Text(str(step.error.get("message", "")), "red")


def _chips(step: StepView) -> Text:
    text = Text()
    hosts = {name: step.hosts[name] for name in step.planned}
    if len(hosts) > MANY_HOSTS:
        for status in ("done", "running", "failed", "skipped", "pending"):
            count = sum(host.status == status for host in hosts.values())
            if count:
                text.append(f"{sign(status)} {count} {status}  ", colour(status))
        return text
    for name, host in hosts.items():
        text.append(f"{sign(host.status)} {name}  ", colour(host.status))
    return text
