"""A change as command-line options say it, for ``plan`` and for ``change``."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TextIO, TypeVar

import click

from cli.complete import clusters_named, hosts_free, kinds_of_change

_Command = TypeVar("_Command", bound=Callable[..., Any])


def change_options(command: _Command) -> _Command:
    """Add the arguments and options that describe a change; they arrive as ``body``'s source."""
    for decorate in reversed(_OPTIONS):
        command = decorate(command)
    return command


_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.argument("kind", shell_complete=kinds_of_change),
    click.argument("cluster", shell_complete=clusters_named),
    click.option(
        "--param",
        "pairs",
        multiple=True,
        metavar="KEY=VALUE",
        help="One of the kind's params; VALUE is JSON, or else text. Repeatable.",
    ),
    click.option(
        "--params-file", type=click.File(), metavar="FILE", help="All params as JSON; - is stdin."
    ),
    click.option(
        "--topology",
        type=click.Choice(["single", "ha", "separated"]),
        help="One control plane node, several that also work, or dedicated ones.",
    ),
    click.option(
        "--control-plane",
        metavar="A,B,C",
        help="Hosts; the first is the seed.",
        shell_complete=hosts_free,
    ),
    click.option(
        "--workers",
        metavar="D,E",
        help="Hosts that run workloads only.",
        shell_complete=hosts_free,
    ),
    click.option("--channel", metavar="TRACK/RISK", help="Snap channel, for example 1.32/stable."),
    click.option(
        "--environment",
        type=click.Choice(["dev", "staging", "prod"]),
        help="What the cluster is for; sets how strict the findings are.",
    ),
    click.option(
        "--addon",
        "addons",
        multiple=True,
        metavar="NAME[:ARGUMENT]",
        help="An addon to enable, for example dns. Repeatable.",
    ),
    click.option(
        "--accept",
        multiple=True,
        metavar="CODE",
        help="Carry on in spite of a finding. Repeatable.",
    ),
    click.option(
        "--on-failure",
        type=click.Choice(["stop", "rollback"]),
        default="stop",
        show_default=True,
        help="Keep what is done, or undo it.",
    ),
    click.option("--reason", default="", help="Why; shown with the job."),
    click.option(
        "--approve-within",
        type=click.IntRange(1, 720),
        metavar="HOURS",
        help="Wait until somebody approves the plan, for so long at most.",
    ),
)


def change_body(
    *,
    kind: str,
    pairs: tuple[str, ...],
    params_file: TextIO | None,
    accept: tuple[str, ...],
    on_failure: str,
    reason: str,
    approve_within: int | None = None,
    **convenient: Any,
) -> dict[str, Any]:
    """Return the request's body; what is not said is left to the kind's defaults."""
    params = _from_file(params_file) if params_file else {}
    params |= _from_options(**convenient)
    params |= dict(_pair(text) for text in pairs)
    body: dict[str, Any] = {"kind": kind, "params": params, "on_failure": on_failure}
    if accept:
        body["accept"] = list(accept)
    if approve_within:
        body["approve_within"] = approve_within
    if reason:
        body["reason"] = reason
    return body


def _from_file(file: TextIO) -> dict[str, Any]:
    try:
        params = json.load(file)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="--params-file") from error
    if not isinstance(params, dict):
        raise click.BadParameter("a JSON object is wanted", param_hint="--params-file")
    return params


def _from_options(
    *, control_plane: str | None, workers: str | None, addons: tuple[str, ...], **plain: str | None
) -> dict[str, Any]:
    found: dict[str, Any] = {name: value for name, value in plain.items() if value is not None}
    for name, names in (("control_plane", control_plane), ("workers", workers)):
        if names is not None:
            found[name] = [host.strip() for host in names.split(",") if host.strip()]
    return found | ({"addons": list(addons)} if addons else {})


def _pair(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise click.BadParameter(f"{text}: KEY=VALUE is wanted", param_hint="--param")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def labels_of(texts: tuple[str, ...]) -> Mapping[str, str]:
    """Read a repeated ``--label KEY=VALUE``."""
    labels = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise click.BadParameter(f"{text}: KEY=VALUE is wanted", param_hint="--label")
        labels[key] = value
    return labels
