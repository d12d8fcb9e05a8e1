"""The command `gaps`."""

import click
import pyoxigraph as ox

from policytrace.commands.errors import BROKEN_QUERY, EXIT_CODES, Failure, explained
from policytrace.commands.options import RELEASE
from policytrace.commands.release_source import engine_of, reader_of
from policytrace.commands.row_output import FORMAT, show
from policytrace.graph.gaps.kinds import kinds
from policytrace.graph.lookup import describe as descriptions
from policytrace.graph.lookup import display
from policytrace.graph.lookup.reader import Reader


def _node(reader: Reader, text: str, segment: str) -> ox.NamedNode | None:
    """The thing of an identifier, whole, short or bare; None for none."""
    if not text:
        return None
    node = ox.NamedNode(descriptions.resolve(text if "/" in text or not segment else f"{segment}/{text}"))
    if not reader.exists(node):
        raise Failure(f"nothing in this release is called {node.value}.", BROKEN_QUERY)
    return node


@click.command("gaps", epilog=EXIT_CODES)
@click.option("--project", default="", help="Only this project; the default is all.")
@click.option("--partner", default="", help="Only what this organisation may know.")
@click.option(
    "--kind", "codes", type=click.Choice(list(kinds())), multiple=True, help="Only gaps of these kinds."
)
@click.option("--thing", default="", help="Only what has to do with this thing, such as region/friesland.")
@FORMAT
@RELEASE
@click.pass_context
def command(
    context: click.Context,
    project: str,
    partner: str,
    codes: tuple[str, ...],
    thing: str,
    form: str,
    release_id: str | None,
) -> None:
    """List what is missing in the tables, who may know, and where to add it.

    \b
    Examples:
      policytrace gaps --project upgradesme
      policytrace gaps --kind order-broken --format csv > broken.csv
      policytrace gaps --thing region/friesland
    """
    from policytrace.graph.gaps.find import find
    from policytrace.graph.gaps.place import gaps_about, place
    from policytrace.graph.gaps.table import table

    with explained():
        reader = reader_of(context, release_id)
        found = find(engine_of(context, release_id), _node(reader, project, "project"), codes)
        if about := _node(reader, thing, ""):
            found = gaps_about(reader, found, about.value)
        placed = place(reader, found)
        if organisation := _node(reader, partner, "organisation"):
            placed = [one for one in placed if organisation.value in one.partners]
    show(table(placed, display.namer(reader)), form)
