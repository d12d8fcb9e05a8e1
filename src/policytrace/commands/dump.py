"""The command `dump`."""

import click

from policytrace.commands.after_publication import write_beside
from policytrace.commands.common import EXIT_CODES, explained, released
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
        release = released(context.obj, release_id)
    new = write_beside(context.obj, release)
    word = "Wrote" if new else "There are already"
    click.echo(f"{word} the dumps of release {release.id}: {release.path / DUMPS}")
