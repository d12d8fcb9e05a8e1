"""Prints rows, and the options about it."""

import sys

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from policytrace.graph.lookup import display
from policytrace.graph.sparql.engine import Rows
from policytrace.graph.sparql.result_formats import FORMATS, write

FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", *FORMATS]), default="table", help="How to print the rows."
)

_PIPED_WIDTH = 160


def show(rows: Rows, form: str) -> None:
    """Print rows for people, or in a format."""
    if form != "table":
        write(rows, form, sys.stdout.buffer)
        return
    headings, cells = display.simplify_columns(rows)
    console = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH, highlight=False)
    if display.fits(headings, cells, console.width):
        table = Table(box=None, header_style="bold", pad_edge=False)
        for name in headings:
            table.add_column(name, overflow="fold")
        for row in cells:
            table.add_row(*map(Text, row))
        console.print(table)
    else:
        click.echo("\n".join(display.blocks(headings, cells)), nl=False)
    click.echo(f"{len(rows.rows)} row(s).", err=True)
