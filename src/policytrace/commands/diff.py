"""The command `diff`."""

import sys
from collections.abc import Iterator

import click

from policytrace.commands.errors import EXIT_CODES, explained
from policytrace.commands.options import chosen_release
from policytrace.graph.lookup.reader import Reader
from policytrace.graph.releases.release import Release


def _changes(before: Release, after: Release) -> Iterator[str]:
    """The changes between two releases as lines of text."""
    from policytrace.graph.distribution import changes, record_digests
    from policytrace.graph.distribution.change_summary import name_things

    found = changes.compare(record_digests.path_of(before), record_digests.path_of(after))
    old, new = Reader.open(before.store_path), Reader.open(after.store_path)
    yield found.sentence()
    for one in name_things(found.transfers, old, new):
        yield f"  {one.name}: {changes.describe_move(one.change)}"
    for one in name_things(found.records, old, new):
        yield f"  {one.change.kind:6} {changes.table_of(one.change.iri)}: {one.name}"


@click.command("diff", epilog=EXIT_CODES)
@click.argument("before_id", metavar="BEFORE")
@click.argument("after_id", metavar="[AFTER]", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["words", "added", "removed", "patch"]),
    default="words",
    show_default=True,
    help="In words, or the statements: added or removed as N-Triples, or both as RDF Patch.",
)
@click.pass_context
def command(context: click.Context, before_id: str, after_id: str | None, form: str) -> None:
    """What changed from one release to another, or to the current one.

    \b
    Examples:
      policytrace diff 20261123T120000Z-1a2b3c4d
      policytrace diff 20261123T120000Z-1a2b3c4d 20261124T090000Z-5e6f7a8b --format patch > changes.rdfp
    """
    from policytrace.graph.distribution import rdf_patch

    with explained():
        before, after = chosen_release(context.obj, before_id), chosen_release(context.obj, after_id)
        if form == "words":
            for line in _changes(before, after):
                click.echo(line)
            return
        sys.stdout.buffer.writelines(rdf_patch.WRITERS[form](before, after))
