"""The command `export`."""

from pathlib import Path

import click
import pyoxigraph as ox

from policytrace.commands.errors import EXIT_CODES, Failure, explained
from policytrace.commands.options import RELEASE, chosen_release
from policytrace.graph.lookup import describe as descriptions
from policytrace.graph.vocabulary.terms import PREFIXES


@click.command("export", epilog=EXIT_CODES)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--graph", metavar="IRI", help="Only this graph; “default” is the merged default graph.")
@RELEASE
@click.pass_context
def command(context: click.Context, file: Path, graph: str | None, release_id: str | None) -> None:
    """Write a release as .nq, .trig, or one graph of it as .nt, .ttl, .rdf or .jsonld.

    \b
    Examples:
      policytrace export everything.nq
      policytrace export merged.ttl --graph default
    """
    form = ox.RdfFormat.from_extension(file.suffix.lstrip("."))
    if form is None:
        raise Failure(f"{file.name}: the ending must be one of .nq .trig .nt .ttl .rdf .jsonld.", 2)
    if graph is None and not form.supports_datasets:
        raise Failure(f"{file.suffix} holds one graph. Name it: --graph default", 2)
    with explained():
        store = chosen_release(context.obj, release_id).open()
        source = None
        if graph is not None:
            source = ox.DefaultGraph() if graph == "default" else ox.NamedNode(descriptions.resolve(graph))
            if isinstance(source, ox.NamedNode) and not store.contains_named_graph(source):
                raise Failure(
                    f"there is no graph {source.value}. "
                    "List them: policytrace sparql 'SELECT ?graph { GRAPH ?graph {} }' --format csv",
                    2,
                )
        part = file.with_name(file.name + ".part")
        with part.open("wb") as output:
            store.dump(output, format=form, from_graph=source, prefixes=PREFIXES)
        part.replace(file)
    click.echo(f"Wrote {file}.", err=True)
