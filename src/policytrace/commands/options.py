"""Options that several commands have, and the home and the release they choose."""

from pathlib import Path

import click
from click.core import ParameterSource

from policytrace.graph.releases.release import Release, Releases

RELEASE = click.option("--release", "release_id", metavar="ID", help="Ask an older release.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
PATHS = click.argument(
    "paths", nargs=-1, metavar="[FOLDER|XLSX]...", type=click.Path(path_type=Path, exists=False)
)


def chosen_home(context: click.Context) -> Path | None:
    """The home that was named, by ``--home`` or in the environment; None where it is the default."""
    named = context.find_root().get_parameter_source("home") is not ParameterSource.DEFAULT
    return Path(context.obj) if named else None


def chosen_release(home: Path, release_id: str | None) -> Release:
    """The release of that id, or the newest that a sample shows to be sound, with a warning if that is older.

    Raises:
        DamagedError: it is damaged, or all are.
        ReleaseError: there is none.
    """
    release, warning = Releases(home).sound(release_id)
    if warning:
        click.echo(f"Warning: {warning}", err=True)
    return release
