"""The command `freeze`."""

import os
from dataclasses import replace
from pathlib import Path

import click

from policytrace.commands.errors import EXIT_CODES, NO_RELEASE, Failure, explained
from policytrace.commands.options import chosen_home
from policytrace.commands.progress_bars import progress_bars
from policytrace.graph.releases.release import Releases


@click.command("freeze", epilog=EXIT_CODES)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--site", metavar="URL", help="Where the files will be served; POLICYTRACE_SITE by default.")
@click.option(
    "--processes", type=click.IntRange(1), help="How many work at once; one for each processor by default."
)
@click.pass_context
def command(context: click.Context, folder: Path, site: str | None, processes: int | None) -> None:
    """Write the whole site as files that any static host serves.

    Pages, documents in every format, dumps, feeds, the catalogue and the answers of the query library: all
    that can be reached by links. Rules for Apache and nginx choose the format there.

    \b
    Example:
      policytrace freeze site --site https://data.example.org/
    """
    from concurrent.futures.process import BrokenProcessPool

    from policytrace.server.freeze.write import FolderInUseError, freeze
    from policytrace.server.run import configure

    place = (site or os.environ.get("POLICYTRACE_SITE", "")).rstrip("/") + "/"
    if "://" not in place:
        raise Failure("say where the files will be served: --site https://data.example.org/")
    with explained(), progress_bars() as progress:
        settings = configure(chosen_home(context))
        settings = replace(settings, site=place, rate=0.0, cache=0, query_processes=1)
        release = Releases(settings.home).current()
        if release is None:
            raise Failure(f"there is no release in {settings.home}; run: policytrace build", NO_RELEASE)

        def show(done: int, left: int) -> None:
            progress("freeze", done, done + left)

        try:
            found = freeze(settings, release.id, folder, show, processes)
        except FolderInUseError as error:
            raise Failure(str(error)) from None
        except BrokenProcessPool:
            raise Failure(
                f"a process that froze {release.id} ended before its time, or a newer release appeared; "
                "run it again"
            ) from None
    size = f"{found.files:,} files, {found.size / 2**20:,.0f} MiB"
    click.echo(f"Froze release {found.release} into {folder}: {size}.")
    if found.missing:
        click.echo(f"{len(found.missing)} addresses had no answer; frozen.json lists them.", err=True)
