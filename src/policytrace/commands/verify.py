"""The command `verify`."""

import json
from collections.abc import Iterator

import click

from policytrace.commands.errors import DAMAGED, EXIT_CODES, explained
from policytrace.commands.options import JSON
from policytrace.graph.releases.checksums import Damage
from policytrace.graph.releases.release import ReleaseError, Releases

WAY_OUT = """\
What is made after publication (look-ups, answers.sqlite, dumps) is written anew by: policytrace dump
A release is made anew by: policytrace build    A whole home comes back by: policytrace restore"""


@click.command("verify", epilog=EXIT_CODES)
@click.argument("release_id", metavar="[RELEASE]", required=False)
@click.option("--all", "every", is_flag=True, help="All releases, and the feed of changes.")
@JSON
@click.pass_context
def command(context: click.Context, release_id: str | None, every: bool, as_json: bool) -> None:
    """Compare every file of a release with the checksums it was written with; the newest by default.

    \b
    Three commands look for mistakes, at different times:
      check     a partner's workbook, before it becomes data
      validate  the tables and the graph they make, by the shapes
      verify    the files of a release, after they were written: disks, copies, accidents

    \b
    Examples:
      policytrace verify
      policytrace verify --all --json
    """
    with explained():
        found = dict(_damaged(Releases(context.obj), release_id, every))
    whole = not any(found.values())
    if as_json:
        told = {place: [one._asdict() for one in some] for place, some in found.items()}
        click.echo(json.dumps({"whole": whole, "damaged": told}))
    else:
        for place, some in found.items():
            click.echo(f"{place}: {f'{len(some)} damaged file(s)' if some else 'as it was written'}")
            for one in some:
                click.echo(f"  {one}")
        if not whole:
            click.echo(WAY_OUT)
    if not whole:
        raise SystemExit(DAMAGED)


def _damaged(releases: Releases, release_id: str | None, every: bool) -> Iterator[tuple[str, list[Damage]]]:
    from policytrace.graph.releases.backup import damaged

    if every:
        yield from damaged(releases)
        return
    chosen = (one for one in releases.newest_first() if release_id in (None, one.id))
    release = next(chosen, None)
    if release is None:
        if release_id:
            releases.open(release_id)
        raise ReleaseError(f"there is no release in {releases.home} yet. Run: policytrace build")
    yield f"release {release.id}", release.damaged()
