"""The command `serve`."""

import os
from pathlib import Path

import click

from policytrace.commands.after_publication import write_after_publication
from policytrace.commands.errors import EXIT_CODES, explained
from policytrace.commands.options import chosen_home
from policytrace.commands.progress_bars import progress_bars
from policytrace.graph.releases.release import Releases


@click.command("serve", epilog=EXIT_CODES)
@click.option("--host", help="Address to listen at.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen at.  [default: 8000]")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="POLICYTRACE_CONFIG",
    help="TOML file of settings.",
)
@click.pass_context
def command(context: click.Context, host: str | None, port: int | None, config: Path | None) -> None:
    """Serve the current release; the packaged data are built first if there is none.

    \b
    Example:
      policytrace serve --port 8080
      policytrace serve --config policytrace.toml
    """
    from policytrace.server.run import configure, serve

    main_context = context.find_root()
    with explained():
        if store := main_context.params["store"]:
            os.environ["POLICYTRACE_STORE"] = store
        settings = configure(chosen_home(context), host, port, config)
        if not settings.store and next(Releases(settings.home).newest_first(), None) is None:
            from policytrace.graph.building.build import build, demo

            with progress_bars() as progress:
                built = build([demo()], settings.home, progress)
            write_after_publication(settings.home, built.release)
        serve(settings)
