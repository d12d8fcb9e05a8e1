"""The command `analyse`."""

import json
from typing import Any

import click

from policytrace.commands.count_options import MIN_STRENGTH, format_option
from policytrace.commands.errors import EXIT_CODES, explained
from policytrace.commands.options import RELEASE, chosen_release
from policytrace.commands.release_source import engine_of
from policytrace.commands.row_output import show
from policytrace.graph.paths.request import OPTIONS


@click.command("analyse", epilog=EXIT_CODES)
@click.argument("name", metavar="brokers|reach|matrix|loops|lag")
@click.option("--by", help="What to count by; the analysis says what it knows.")
@click.option(
    "--layer",
    type=click.Choice(OPTIONS["layer"].codes[:2]),
    help="What was realised (the default), or only considered and no influence.",
)
@MIN_STRENGTH
@click.option("--max-hops", metavar="N", help="The most hops of a chain; loops only.")
@format_option("How to print the rows; json has the transfers and hops behind each.")
@RELEASE
@click.pass_context
def command(context: click.Context, /, name: str, form: str, release_id: str | None, **given: Any) -> None:
    """Count transfers: brokers, reach of practices, who learned from whom, loops, time lags.

    \b
    Examples:
      policytrace analyse brokers --by organisation
      policytrace analyse matrix --by country --min-strength moderate --format csv
    """
    from policytrace.graph.analyses.analyses import report
    from policytrace.graph.paths.path_graph import PathGraph

    with explained():
        release = chosen_release(context.obj, release_id)
        graph = PathGraph.open(release, engine_of(context, release_id))
        found = report(graph, name, {option: value for option, value in given.items() if value})
    if form == "json":
        click.echo(json.dumps(found.as_dict()))
        return
    show(found.table(), form)
    for note in found.notes:
        click.echo(note, err=True)
