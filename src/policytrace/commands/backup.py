"""The command `backup`."""

from pathlib import Path

import click

from policytrace.commands.errors import EXIT_CODES, explained
from policytrace.graph.releases.release import Releases


@click.command("backup", epilog=EXIT_CODES)
@click.argument("file", metavar="TAR", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_context
def command(context: click.Context, file: Path) -> None:
    """Save all releases and the feed of changes as one tar file, each file with its digest.

    Everything is verified before; a file that is there already is not overwritten.

    \b
    Example:
      policytrace backup policytrace-2026-12-01.tar
    """
    from policytrace.graph.releases.backup import backup

    with explained():
        count = backup(Releases(context.obj), file)
    click.echo(f"Saved {count:,} files of {context.obj} as {file}.")
