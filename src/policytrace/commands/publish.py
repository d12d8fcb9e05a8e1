"""The command `publish`."""

import json

import click

from policytrace.commands.errors import EXIT_CODES, explained
from policytrace.commands.options import JSON, RELEASE, chosen_release
from policytrace.commands.progress_bars import progress_bars
from policytrace.graph.remote.connect import connect


@click.command("publish", epilog=EXIT_CODES)
@click.option("--to", "url", metavar="URL", required=True, help="SPARQL endpoint of the server.")
@click.option("--update", metavar="URL", default="", help="Its address for updates, where that differs.")
@click.option(
    "--keep", type=click.IntRange(1), default=2, show_default=True, help="How many releases stay there."
)
@RELEASE
@JSON
@click.pass_context
def command(
    context: click.Context, url: str, update: str, keep: int, release_id: str | None, as_json: bool
) -> None:
    """Load a release into a SPARQL 1.1 server; it becomes current there when it is whole.

    User and password, or a token, come from POLICYTRACE_STORE_USER and POLICYTRACE_STORE_PASSWORD, or from
    POLICYTRACE_STORE_TOKEN.

    \b
    Examples:
      policytrace publish --to http://127.0.0.1:8890/sparql-auth
      policytrace publish --to https://data.example/query --update https://data.example/update
    """
    with explained(), progress_bars() as progress:
        from policytrace.graph.remote.publish import publish

        release = chosen_release(context.obj, release_id)
        new = publish(release, connect(url, update=update).endpoint, progress, keep=keep)
    if as_json:
        click.echo(json.dumps({"release": release.id, "new": new}))
        return
    click.echo(f"Published release {release.id}." if new else f"Release {release.id} is there already.")
