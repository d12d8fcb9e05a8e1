"""The command `indicators`."""

import json
from typing import Any

import click

from policytrace.commands.count_options import MIN_STRENGTH, format_option
from policytrace.commands.errors import EXIT_CODES, explained
from policytrace.commands.options import RELEASE
from policytrace.commands.release_source import chosen_source, reader_of
from policytrace.commands.row_output import show
from policytrace.graph.lookup import display


@click.command("indicators", epilog=EXIT_CODES)
@click.argument("name", required=False)
@click.option("--project", help="Only this project; the default is all.")
@MIN_STRENGTH
@click.option(
    "--disputed",
    type=click.Choice(["with", "without"]),
    help="Whether claims and sums that sources dispute count; the default is with them.",
)
@format_option("How to print; json has rule, sensitivity and rows.")
@RELEASE
@click.pass_context
def command(
    context: click.Context, /, name: str | None, form: str, release_id: str | None, **given: Any
) -> None:
    """Count what a programme reports, by published rules; with NAME the things behind one number.

    \b
    Examples:
      policytrace indicators --project upgradesme
      policytrace indicators instruments-improved --min-strength moderate
      policytrace indicators funds-influenced --disputed without --format json
    """
    from policytrace.graph.indicators import table
    from policytrace.graph.indicators.definitions import definitions
    from policytrace.graph.indicators.measure import measure

    options = {option: value for option, value in given.items() if value}
    with explained():
        reader = reader_of(context, release_id)
        engine, release = chosen_source(context, release_id)
        names = [name] if name else list(definitions())
        found = [measure(engine, release, one, options) for one in names]
    label = display.namer(reader)
    if form == "json":
        as_json = [one.as_dict(label) for one in found]
        click.echo(json.dumps(as_json[0] if name else as_json))
    elif name:
        show(table.things(found[0], label), form)
        click.echo(found[0].summary(), err=True)
    else:
        show(table.overview(found), form)
