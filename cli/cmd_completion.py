"""``clusterwright completion``: what makes a shell complete our commands and names."""

import click
from click.shell_completion import get_completion_class

from cli.manual import Manual

PROGRAM = "clusterwright"
VARIABLE = "_CLUSTERWRIGHT_COMPLETE"
"""How a shell tells the program that it asks for completions; click derives the same name."""


@click.command(
    short_help="Print the script that completes commands in a shell.",
    cls=Manual,
    examples=[
        'eval "$(clusterwright completion bash)"',
        'eval "$(clusterwright completion zsh)"',
        "clusterwright completion fish | source",
    ],
    see_also=["doctor"],
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that makes SHELL complete commands, options and names.

    To have it in every shell, put the example's line into ~/.bashrc, ~/.zshrc or
    ~/.config/fish/config.fish.

    Names of clusters, hosts, jobs and kinds of change come from the API at that moment, within a
    second, and silently not at all when it does not answer.
    """
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"cannot complete for {shell}: click does not know it")
    click.echo(found(ctx.find_root().command, {}, PROGRAM, VARIABLE).source())
