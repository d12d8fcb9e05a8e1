"""The command `dump`."""

import click

from policytrace.commands.after_publication import write_after_publication
from policytrace.commands.errors import EXIT_CODES, explained
from policytrace.commands.options import chosen_release
from policytrace.graph.distribution.dumps import DUMPS


@click.command("dump", epilog=EXIT_CODES)
@click.argument("release_id", metavar="[RELEASE]", required=False)
@click.pass_context
def command(context: click.Context, release_id: str | None) -> None:
    """Write the files of a release that the server offers to download; of the current one by default.

    Answers of the query library about everything are prepared before. build does this by itself, unless
    told --no-dumps. What is there already stays as it is.

    \b
    Example:
      policytrace dump
    """
    with explained():
        release = chosen_release(context.obj, release_id)
    new = write_after_publication(context.obj, release)
    word = "Wrote" if new else "There are already"
    click.echo(f"{word} the dumps of release {release.id}: {release.path / DUMPS}")
