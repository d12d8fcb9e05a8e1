"""The option that says which evidence counts."""

import click

from policytrace.graph.paths.question import OPTIONS

MIN_STRENGTH = click.option(
    "--min-strength",
    type=click.Choice(OPTIONS["min_strength"].codes),
    help="The weakest evidence that counts.",
)
