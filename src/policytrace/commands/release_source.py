"""What a command asks: a release on this machine, or one on a SPARQL server."""

import signal

import click

from policytrace.commands.options import chosen_release
from policytrace.graph.lookup.mapped_reader import open_reader
from policytrace.graph.lookup.reader import Reader
from policytrace.graph.remote.connect import connect
from policytrace.graph.sparql.engine import Engine, OxigraphEngine


def engine_of(context: click.Context, release_id: str | None) -> Engine:
    """The engine that answers queries."""
    return chosen_source(context, release_id)[0]


def chosen_source(context: click.Context, release_id: str | None) -> tuple[Engine, str]:
    """The engine, and the id of the release it asks."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if store := context.find_root().params["store"]:
        remote = connect(store)
        found = remote.open(release_id)
        return remote.engine(found), found.id
    release = chosen_release(context.obj, release_id)
    return OxigraphEngine(release.open()), release.id


def reader_of(context: click.Context, release_id: str | None) -> Reader:
    """What is said of things."""
    if store := context.find_root().params["store"]:
        from policytrace.graph.remote.statements import RemoteStatements

        remote = connect(store)
        return Reader(RemoteStatements(remote.engine(remote.open(release_id))))
    return open_reader(chosen_release(context.obj, release_id))
