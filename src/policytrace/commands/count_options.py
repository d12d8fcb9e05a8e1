"""Options of commands that count: which evidence counts, and how to print the numbers."""

from collections.abc import Callable
from typing import Any

import click

from policytrace.graph.paths.request import OPTIONS

MIN_STRENGTH = click.option(
    "--min-strength",
    type=click.Choice(OPTIONS["min_strength"].codes),
    help="The weakest evidence that counts.",
)


def format_option(help_text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option for how numbers are printed, with what its help says."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["table", "csv", "json"]),
        default="table",
        show_default=True,
        help=help_text,
    )
