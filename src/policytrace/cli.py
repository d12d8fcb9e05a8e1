"""The command line: build, validate, query, sparql, paths, analyse, indicators, export, dump, serve…"""

from importlib import import_module
from pathlib import Path

import click

from policytrace.commands.errors import EXIT_CODES
from policytrace.graph.releases.release import default_home

COMMANDS = (
    "build",
    "validate",
    "template",
    "check",
    "query",
    "sparql",
    "paths",
    "analyse",
    "indicators",
    "gaps",
    "describe",
    "export",
    "dump",
    "diff",
    "verify",
    "backup",
    "restore",
    "stats",
    "publish",
    "serve",
    "freeze",
    "conformance",
)
"""Names of the commands, which are those of their modules."""


class _Commands(click.Group):
    """Loads the module of a command when it is used, so that none waits for what others need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = import_module(f"policytrace.commands.{cmd_name}").command
        return found


@click.group(cls=_Commands, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="POLICYTRACE_HOME",
    default=default_home,
    show_default="$POLICYTRACE_HOME, else ~/.local/share/policytrace",
    help="Where releases lie.",
)
@click.option(
    "--store",
    metavar="URL",
    envvar="POLICYTRACE_STORE",
    default="",
    help="Ask the releases published to this SPARQL server instead.",
)
@click.version_option(package_name="policytrace")
@click.pass_context
def main(context: click.Context, home: Path, store: str) -> None:
    """Which good practice led which region to which measure, and how do we know?

    Builds the knowledge graph from tables, queries it and serves it.

    \b
    Examples:
      policytrace build                         the packaged data
      policytrace query practice_destinations   where did the practices go?
      policytrace serve                         open it in a browser

    Shell completion for bash: eval "$(_POLICYTRACE_COMPLETE=bash_source policytrace)"
    """
    context.obj = home
