"""The command `paths`."""

import sys
from collections.abc import Callable
from typing import Any

import click

from policytrace.commands.errors import EXIT_CODES, explained
from policytrace.commands.options import RELEASE, chosen_release
from policytrace.commands.release_source import engine_of
from policytrace.graph.paths.formats.formats import FORMATS as ANSWER_FORMATS
from policytrace.graph.paths.request import OPTIONS


def _path_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS.values()):
        values = f" One of: {', '.join(option.codes)}." if option.codes else ""
        default = f" Default: {option.default}." if option.default else ""
        command = click.option(
            f"--{option.name.replace('_', '-')}",
            f"path_{option.name}",
            metavar="CODE" if option.codes else "TEXT",
            multiple=option.many,
            help=f"{option.meaning}{values}{default}",
        )(command)
    return command


@click.command("paths", epilog=EXIT_CODES)
@_path_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", *ANSWER_FORMATS]),
    default="text",
    show_default=True,
    help="How to print the answer.",
)
@RELEASE
@click.pass_context
def command(context: click.Context, /, form: str, release_id: str | None, **given: Any) -> None:
    """Follow what was learned: where something went, where it came from, how two things are linked.

    \b
    Examples:
      policytrace paths --from practice/gp-playful-paradigm
      policytrace paths --to measure/me-gavleborg-export-centre
      policytrace paths --from country/IT --to country/IE --format xlsx > paths.xlsx
    """
    from policytrace.graph.paths.formats.text import as_text
    from policytrace.graph.paths.path_graph import PathGraph

    options = {
        name.removeprefix("path_"): [value] if isinstance(value, str) else list(value)
        for name, value in given.items()
        if value
    }
    with explained():
        release = chosen_release(context.obj, release_id)
        graph = PathGraph.open(release, engine_of(context, release_id))
        answer = graph.answer(options)
    if form == "text":
        click.echo(as_text(answer), nl=False)
    else:
        sys.stdout.buffer.write(ANSWER_FORMATS[form].write(answer))
