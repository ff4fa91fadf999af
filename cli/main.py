"""The command ``clusterwright``."""

import os
import sys
from pathlib import Path

import click

from cli.cmd_acceptance import acceptance
from cli.cmd_approvals import approvals
from cli.cmd_audit import audit
from cli.cmd_backups import backups
from cli.cmd_change import change, plan
from cli.cmd_cluster_file import apply, diff
from cli.cmd_clusters import clusters
from cli.cmd_completion import PROGRAM, completion
from cli.cmd_convert import convert
from cli.cmd_deliveries import deliveries, replay
from cli.cmd_demo import demo
from cli.cmd_doctor import doctor
from cli.cmd_drills import drills
from cli.cmd_evidence import evidence
from cli.cmd_export import export
from cli.cmd_freezes import freezes
from cli.cmd_hooks import hooks
from cli.cmd_hosts import hosts
from cli.cmd_hosts_import import import_hosts
from cli.cmd_jobs import jobs, watch
from cli.cmd_kubeconfig import issue_kubeconfig
from cli.cmd_rules import rules
from cli.cmd_schedules import schedules
from cli.cmd_subscription_change import change_subscription
from cli.cmd_subscriptions import subscriptions
from cli.cmd_tokens import tokens
from cli.cmd_up import up
from cli.cmd_windows import windows
from cli.commands import ApiSession, Group
from cli.lab.commands import lab
from cli.places import DEFAULT_URL, default_data_dir, token_file


@click.group(
    cls=Group,
    context_settings={"max_content_width": 100},
    examples=[
        "clusterwright demo",
        "clusterwright up",
        "clusterwright hosts add cp-1 --address 192.168.1.21 --scan",
        "clusterwright change create-cluster dev --control-plane cp-1 --wait",
    ],
    see_also=["doctor", "completion"],
)
@click.option(
    "--url",
    envvar="CLUSTERWRIGHT_URL",
    default=DEFAULT_URL,
    show_default=True,
    help="The API; also CLUSTERWRIGHT_URL.",
)
@click.option(
    "--token-file",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The API token's file; CLUSTERWRIGHT_TOKEN is the token itself.  "
    "[default: token in the data directory]",
)
@click.version_option(package_name="clusterwright", prog_name="clusterwright")
@click.pass_context
def cli(ctx: click.Context, url: str, file: Path | None) -> None:
    """Safe, resumable changes of multi-node MicroK8s clusters, every step of them visible."""
    token = None if file else os.environ.get("CLUSTERWRIGHT_TOKEN")
    session = ApiSession(url.rstrip("/"), file or token_file(default_data_dir()), token or None)
    ctx.obj = session
    ctx.call_on_close(session.close)


hosts.add_command(import_hosts)
clusters.add_command(issue_kubeconfig)
jobs.add_command(evidence)
subscriptions.add_command(change_subscription)
subscriptions.add_command(deliveries)
subscriptions.add_command(replay)
for command in (
    up,
    demo,
    doctor,
    hosts,
    clusters,
    plan,
    change,
    convert,
    export,
    diff,
    apply,
    jobs,
    watch,
    approvals,
    hooks,
    rules,
    schedules,
    windows,
    freezes,
    subscriptions,
    tokens,
    audit,
    backups,
    drills,
    acceptance,
    lab,
    completion,
):
    cli.add_command(command)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal without our signs shows question marks rather than a traceback.
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # it is a text stream
    cli(prog_name=PROGRAM)
