"""The command `build`."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from policytrace.commands.after_publication import write_after_publication
from policytrace.commands.errors import EXIT_CODES, explained
from policytrace.commands.options import JSON, PATHS
from policytrace.commands.progress_bars import progress_bars
from policytrace.graph.releases.release import KEEP, ReleaseError, Releases


def _verdict(summary: dict[str, int]) -> str:
    return ", ".join(f"{count} of severity {name}" for name, count in summary.items()) or "nothing to report"


@click.command("build", epilog=EXIT_CODES)
@PATHS
@click.option("--reasoner", type=click.Choice(["rules", "owlrl"]), default="rules", help="What infers.")
@click.option(
    "--keep",
    type=click.IntRange(1),
    default=KEEP,
    envvar="POLICYTRACE_KEEP",
    show_default=True,
    help="How many releases to keep.",
)
@click.option(
    "--licence", metavar="IRI", help="Address of the licence of your data; none is claimed without."
)
@click.option("--no-dumps", is_flag=True, help="Write no files to download; the command dump does later.")
@JSON
@click.pass_context
def command(
    context: click.Context,
    paths: Sequence[Path],
    reasoner: str,
    keep: int,
    licence: str | None,
    no_dumps: bool,
    as_json: bool,
) -> None:
    """Build a release from tables and publish it; the packaged data when nothing is named.

    The files to download are written after it is published.

    \b
    Examples:
      policytrace build
      policytrace build my-tables/ partner.xlsx
      policytrace build my-tables/ --licence https://creativecommons.org/publicdomain/zero/1.0/
    """
    from policytrace.graph.building.build import LicenceError, build, demo, prune

    with explained(), progress_bars() as progress:
        try:
            built = build(
                paths or [demo()], context.obj, progress, reasoner=reasoner, keep=keep, licence=licence
            )
        except LicenceError as error:
            raise click.BadParameter(str(error), param_hint="--licence") from None
    manifest = built.release.manifest
    if as_json:
        click.echo(json.dumps({"release": built.release.id, "new": built.new, **manifest}, sort_keys=True))
    else:
        word = "Published" if built.new else "Nothing has changed since"
        click.echo(f"{word} release {built.release.id}: {manifest['triples']['default']:,} triples.")
        click.echo(f"Validation: {_verdict(manifest['validation'])}.")
    write_after_publication(context.obj, built.release, dumps=not no_dumps)
    if not no_dumps:
        releases = Releases(context.obj)
        with suppress(ReleaseError), releases.build_lock():  # a build that is running prunes in the end
            prune(releases, keep)
