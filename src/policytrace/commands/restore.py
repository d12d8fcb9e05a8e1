"""The command `restore`."""

from pathlib import Path

import click

from policytrace.commands.errors import EXIT_CODES, explained


@click.command("restore", epilog=EXIT_CODES)
@click.argument("file", metavar="TAR", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def command(context: click.Context, file: Path) -> None:
    """Make a home of a backup. The folder named by --home must be empty; nothing is overwritten.

    Every file is compared with the digest that was saved before the first release appears.

    \b
    Example:
      policytrace --home /var/lib/policytrace restore policytrace-2026-12-01.tar
    """
    from policytrace.graph.releases.backup import restore

    with explained():
        count = restore(file, context.obj)
    click.echo(f"Restored {count:,} files to {context.obj}.")
