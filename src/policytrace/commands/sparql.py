"""The command `sparql`."""

import sys

import click
import pyoxigraph as ox

from policytrace.commands.errors import EXIT_CODES, Failure, explained
from policytrace.commands.options import RELEASE
from policytrace.commands.release_source import engine_of
from policytrace.commands.row_output import show
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.sparql.result_formats import FORMATS, TRUTH_FORMATS, in_query_order, write_truth
from policytrace.graph.vocabulary.terms import PREFIXES


def _print_truth(truth: bool, form: str) -> None:
    if form == "table":
        click.echo(str(truth).lower())
    elif form in TRUTH_FORMATS:
        write_truth(truth, form, sys.stdout.buffer)
    else:
        raise Failure(
            f"the answer is true or false, which {form} cannot hold. Use {' or '.join(TRUTH_FORMATS)}, "
            "or leave --format out.",
            2,
        )


@click.command("sparql", epilog=EXIT_CODES)
@click.argument("text", metavar="QUERY|-")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *FORMATS]),
    default="table",
    help="How to print the answer.",
)
@RELEASE
@click.pass_context
def command(context: click.Context, text: str, form: str, release_id: str | None) -> None:
    """Ask a SPARQL query; - reads it from standard input.

    \b
    Examples:
      policytrace sparql 'SELECT * { ?s ?p ?o } LIMIT 5'
      policytrace sparql - --format csv < my-query.rq
    """
    with explained():
        text = sys.stdin.read() if text == "-" else text
        answer = engine_of(context, release_id).query(text)
        if isinstance(answer, bool):
            _print_truth(answer, form)
        elif isinstance(answer, Rows):
            show(in_query_order(answer, text), form)
        elif form in ("table", "ttl"):
            ox.serialize(answer, sys.stdout.buffer, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES)
        else:
            raise Failure(
                f"the answer is triples, which {form} cannot hold. Leave --format out for Turtle.", 2
            )
