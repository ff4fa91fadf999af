"""Following a job to its end, on a terminal or not."""

from dataclasses import replace

from rich.console import Console
from rich.live import Live

from cli import progress_lines
from cli.client import Client
from cli.errors import Interrupted
from cli.pasteable import pasteable
from cli.progress import JobProgress, view_of
from cli.progress_events import at_start, changes_estimate, changes_plan, fold, with_plan_of
from cli.progress_live import SHORT, LiveView
from clusterwright.estimates import left_in_words

REDRAWS_PER_SECOND = 10


def follow(client: Client, job_id: str, console: Console) -> JobProgress:
    """Show a job until it is finished, and return it as it stands then.

    Ctrl-C raises ``Interrupted``, which tells that the job goes on.
    """
    try:
        return _followed(client, job_id, console)
    except KeyboardInterrupt:
        raise Interrupted(_goes_on(job_id)) from None


def _goes_on(job_id: str) -> str:
    short = job_id[:SHORT]
    return (
        f"no longer following: job {short} goes on\n"
        f"  follow it again: {pasteable('watch', short)}\n"
        f"  stop it: {pasteable('jobs', 'cancel', short)}"
    )


def _followed(client: Client, job_id: str, console: Console) -> JobProgress:
    view = view_of(client.job(job_id))
    (_draw if console.is_terminal else _tell)(client, view, console)
    # The record knows more than the events do, for example what to do next.
    view = view_of(client.job(view.id))
    for line in progress_lines.notes(view):
        console.print(line, soft_wrap=True)
    for line in progress_lines.ending(view):
        style = "bold" if line.startswith("next") else None
        console.print(line, style=style, soft_wrap=True)
    if not console.is_terminal:
        console.print(progress_lines.summary(view), soft_wrap=True)
    return view


def _draw(client: Client, view: JobProgress, console: Console) -> None:
    picture = LiveView(view)
    if view.is_finished:
        console.print(picture)
        return
    # A frame that no longer moves would say "running" for ever: only the last one stays.
    live = Live(picture, console=console, refresh_per_second=REDRAWS_PER_SECOND, transient=True)
    try:  # from the start on: Ctrl-C may come while the first frame is drawn
        live.start(refresh=True)
        for event in client.events(view.id, view.seq):
            view = view_of(client.job(view.id)) if changes_plan(event) else fold(view, event)
            if changes_estimate(event):
                view = _estimated(client, view)
            picture.view = view
            if event["type"] == "host.changed":  # it belongs to no step
                live.console.print(progress_lines.host_changed(event["data"]), soft_wrap=True)
        picture.view = view_of(client.job(view.id))
        live.transient = False
    finally:
        live.stop()


def _tell(client: Client, view: JobProgress, console: Console) -> None:
    console.print(progress_lines.header(view), soft_wrap=True)
    moment, told = at_start(view), ""
    for event in client.events(view.id):
        moment = fold(moment, event)
        if changes_plan(event):
            moment = with_plan_of(moment, view_of(client.job(view.id)))
        for text in progress_lines.lines(moment, event):
            console.print(text, soft_wrap=True)
        if changes_estimate(event) and event["seq"] > view.seq:  # those before are history
            moment = _estimated(client, moment)
            left = left_in_words(moment.estimate, event["at"])
            if left and left != told:
                console.print(progress_lines.noted(moment, event["at"], left), soft_wrap=True)
            told = left


def _estimated(client: Client, view: JobProgress) -> JobProgress:
    return replace(view, estimate=client.job(view.id).get("estimate"))
