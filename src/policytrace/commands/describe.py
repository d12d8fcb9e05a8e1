"""The command `describe`."""

import json

import click

from policytrace.commands.errors import EXIT_CODES, Failure, explained
from policytrace.commands.options import JSON, RELEASE
from policytrace.commands.release_source import reader_of
from policytrace.graph.lookup import describe as descriptions


@click.command("describe", epilog=EXIT_CODES)
@click.argument("iri")
@RELEASE
@JSON
@click.pass_context
def command(context: click.Context, iri: str, release_id: str | None, as_json: bool) -> None:
    """Show what is known of a thing, and which source says so.

    IRI may be whole, short (pt:Measure), or the end of one (practice/gp-ergo).

    \b
    Examples:
      policytrace describe practice/gp-aula-emprende
      policytrace describe https://w3id.org/policytrace/id/region/friesland
    """
    with explained():
        found = descriptions.describe(reader_of(context, release_id), iri)
    if found is None:
        raise Failure(f"nothing is known of {iri}.")
    click.echo(json.dumps(found.as_dict(), sort_keys=True) if as_json else found.text())
