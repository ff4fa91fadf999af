"""What a command tells of a job that it has asked for, or has asked something of."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import click

from cli.commands import ApiSession
from cli.follow import follow
from cli.output import console, print_json


def tell_job(
    session: ApiSession, job: Mapping[str, Any], lines: Iterable[str], *, wait: bool, as_json: bool
) -> None:
    """Follow a job where somebody waits for it; else print it, or these lines of it."""
    if wait:
        followed(session, job["id"], as_json=as_json)
    elif as_json:
        print_json(job)
    else:
        click.echo(f"job {job['id']}: {job['status']}")
        for line in lines:
            click.echo(line)


def followed(session: ApiSession, job_id: str, *, as_json: bool) -> None:
    """Follow a job and end with an exit code by its result."""
    view = follow(session.client, job_id, console(stderr=as_json))
    if as_json:
        print_json(session.client.job(view.id))
    sys.exit(0 if view.has_succeeded else 1)
