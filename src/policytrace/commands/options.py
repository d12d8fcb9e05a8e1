"""Options that several commands have, and the home and the release they choose."""

from pathlib import Path

import click
from click.core import ParameterSource

from policytrace.graph.releases.release import Release, ReleaseError, Releases

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
    """The release of that id, or the current one.

    Raises:
        ReleaseError: there is none.
    """
    releases = Releases(home)
    if release_id:
        return releases.open(release_id)
    current = releases.current()
    if current is None:
        raise ReleaseError(f"there is no release in {home} yet. Run: policytrace build")
    return current
