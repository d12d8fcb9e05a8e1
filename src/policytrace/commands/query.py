"""The command `query`."""

from collections.abc import Callable

import click

from policytrace.commands.errors import EXIT_CODES, explained
from policytrace.commands.options import RELEASE, chosen_release
from policytrace.commands.release_source import engine_of
from policytrace.commands.row_output import FORMAT, show
from policytrace.graph.library import answers
from policytrace.graph.library.queries import Query, library, query
from policytrace.graph.sparql.engine import OxigraphEngine, Rows


class _Library(click.Group):
    """One command for every query of the library, with an option for each of its parameters."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(library())

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        with explained():
            return _query_command(query(name))


def _answer(context: click.Context, release_id: str | None, entry: Query, values: dict[str, str]) -> Rows:
    if context.find_root().params["store"]:
        return answers.ask(engine_of(context, release_id), entry.name, values)
    release = chosen_release(context.obj, release_id)
    return answers.ask(OxigraphEngine(release.open()), entry.name, values, release.path)


def _query_command(entry: Query) -> click.Command:
    def ask(release_id: str | None, form: str, **given: str | None) -> None:
        values = {name: value for name, value in given.items() if value is not None}
        with explained():
            rows = _answer(click.get_current_context(), release_id, entry, values)
        show(rows, form)

    command: Callable[..., None] = ask
    for parameter in reversed(entry.parameters):
        command = click.option(
            f"--{parameter.name}", parameter.name, metavar=parameter.type.upper(), help=parameter.description
        )(command)
    return click.command(
        entry.name, help=f"{entry.summary}\n\n{entry.description}", short_help=entry.summary
    )(RELEASE(FORMAT(command)))


@click.group("query", cls=_Library, epilog=EXIT_CODES)
def command() -> None:
    """Run a query of the library; each has options for its parameters.

    \b
    Examples:
      policytrace query conflicting_figures
      policytrace query practice_destinations --format csv
    """
