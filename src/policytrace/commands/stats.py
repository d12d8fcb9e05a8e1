"""The command `stats`."""

import json

import click

from policytrace.commands.errors import EXIT_CODES, explained
from policytrace.commands.options import JSON, RELEASE, chosen_release
from policytrace.graph.releases.release import Releases


@click.command("stats", epilog=EXIT_CODES)
@RELEASE
@JSON
@click.pass_context
def command(context: click.Context, release_id: str | None, as_json: bool) -> None:
    """What a release holds: things, triples, hops, and what validation found.

    \b
    Example:
      policytrace stats --json
    """
    with explained():
        releases = Releases(context.obj)
        manifest = chosen_release(context.obj, release_id).manifest
    if as_json:
        click.echo(json.dumps(manifest, sort_keys=True))
        return
    click.echo(f"Release {manifest['id']}, made {manifest['created']}; {len(releases.all())} kept.")
    for title in ("things", "hops", "triples", "validation"):
        click.echo(f"\n{title}")
        for name, count in manifest[title].items():
            click.echo(f"  {count:>12,}  {name}")
