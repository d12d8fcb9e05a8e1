"""The command line: build, validate, query, sparql, paths, analyse, indicators, export, dump, serve…"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pyoxigraph as ox
from click.core import ParameterSource
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from policytrace.graph import answers, display, tables
from policytrace.graph import describe as descriptions
from policytrace.graph.dumps import DUMPS
from policytrace.graph.gaps.kinds import kinds
from policytrace.graph.hop_arrays import HopArraysError
from policytrace.graph.indicators.definitions import UnknownIndicatorError
from policytrace.graph.lookups import open_reader
from policytrace.graph.paths.ends import UnknownThingError
from policytrace.graph.paths.formats import FORMATS as ANSWER_FORMATS
from policytrace.graph.paths.question import OPTIONS, QuestionError
from policytrace.graph.problems import DataError, ShapeError
from policytrace.graph.queries import ParameterError, Query, UnknownQueryError, library, query
from policytrace.graph.reader import Reader
from policytrace.graph.release import KEEP, Release, ReleaseError, Releases, default_home
from policytrace.graph.remote import connect
from policytrace.graph.results import FORMATS, TRUTH_FORMATS, arranged, write, write_truth
from policytrace.graph.store import Engine, OxigraphEngine, QueryError, Rows
from policytrace.graph.terms import PREFIXES

if TYPE_CHECKING:
    from policytrace.server.conformance.visit import HttpSite

BROKEN_DATA, BROKEN_SHAPES, NO_RELEASE, BROKEN_QUERY = 3, 4, 5, 6

EXIT_CODES = """
Exit codes: 0 done, 1 it failed, 2 wrong use, 3 the tables cannot be read, 4 the data break a shape,
5 there is no such release, 6 the query cannot be answered.
"""


_PIPED_WIDTH = 160
_CANNOT_BE_ANSWERED = (
    QueryError,
    ParameterError,
    UnknownQueryError,
    UnknownIndicatorError,
    QuestionError,
    UnknownThingError,
)


class Failure(click.ClickException):
    """A message for people and the exit code that goes with it."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code

    @property
    def exit_code(self) -> int:  # type: ignore[override]
        """What the process ends with."""
        return self.code


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what can go wrong into a message and an exit code."""
    try:
        yield
    except DataError as error:
        count = len(error.problems)
        raise Failure(
            f"{count} problem(s) in the tables; nothing was published.\n{error}", BROKEN_DATA
        ) from None
    except ShapeError as error:
        raise Failure(f"the data break the shapes; nothing was published.\n{error}", BROKEN_SHAPES) from None
    except ReleaseError as error:
        raise Failure(str(error), NO_RELEASE) from None
    except HopArraysError as error:
        raise Failure(str(error), NO_RELEASE) from None
    except _CANNOT_BE_ANSWERED as error:
        raise Failure(str(error), BROKEN_QUERY) from None
    except BrokenPipeError:
        raise  # who reads the output has enough: click ends without a word
    except OSError as error:
        raise Failure(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}") from None


@contextmanager
def _right_use(kind: type[Exception]) -> Iterator[None]:
    """Turn one kind of error into the message of wrong use."""
    try:
        yield
    except kind as error:
        raise Failure(str(error), 2) from None


def _release(home: Path, release_id: str | None) -> Release:
    releases = Releases(home)
    if release_id:
        return releases.open(release_id)
    current = releases.current()
    if current is None:
        raise ReleaseError(f"there is no release in {home} yet. Run: policytrace build")
    return current


def _engine(context: click.Context, release_id: str | None) -> Engine:
    return _asked(context, release_id)[0]


def _asked(context: click.Context, release_id: str | None) -> tuple[Engine, str]:
    """The engine, and the id of the release it asks."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if store := context.find_root().params["store"]:
        remote = connect(store)
        found = remote.open(release_id)
        return remote.engine(found), found.id
    release = _release(context.obj, release_id)
    return OxigraphEngine(release.open()), release.id


def _reader(context: click.Context, release_id: str | None) -> Reader:
    if store := context.find_root().params["store"]:
        from policytrace.graph.remote_statements import RemoteStatements

        remote = connect(store)
        return Reader(RemoteStatements(remote.engine(remote.open(release_id))))
    return open_reader(_release(context.obj, release_id))


@contextmanager
def _progress() -> Iterator[tables.Progress]:
    """Bars on a terminal for stages, nothing when piped."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield tables.silent
        return
    columns = (TextColumn("{task.description:10}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield show


_MIN_STRENGTH = click.option(
    "--min-strength",
    type=click.Choice(OPTIONS["min_strength"].codes),
    help="The weakest evidence that counts.",
)
_RELEASE = click.option("--release", "release_id", metavar="ID", help="Ask an older release.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
_FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", *FORMATS]), default="table", help="How to print the rows."
)
_PATHS = click.argument(
    "paths", nargs=-1, metavar="[FOLDER|XLSX]...", type=click.Path(path_type=Path, exists=False)
)


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--home",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="POLICYTRACE_HOME",
    default=default_home,
    show_default="$POLICYTRACE_HOME, else ~/.local/share/policytrace",
    help="Where releases lie.",
)
@click.option(
    "--store",
    metavar="URL",
    envvar="POLICYTRACE_STORE",
    default="",
    help="Ask the releases published to this SPARQL server instead.",
)
@click.version_option(package_name="policytrace")
@click.pass_context
def main(context: click.Context, home: Path, store: str) -> None:
    """Which good practice led which region to which measure, and how do we know?

    Builds the knowledge graph from tables, queries it and serves it.

    \b
    Examples:
      policytrace build                         the packaged data
      policytrace query practice_destinations   where did the practices go?
      policytrace serve                         open it in a browser

    Shell completion for bash: eval "$(_POLICYTRACE_COMPLETE=bash_source policytrace)"
    """
    context.obj = home


@main.command("build", epilog=EXIT_CODES)
@_PATHS
@click.option("--reasoner", type=click.Choice(["rules", "owlrl"]), default="rules", help="What infers.")
@click.option(
    "--keep",
    type=click.IntRange(1),
    default=KEEP,
    envvar="POLICYTRACE_KEEP",
    show_default=True,
    help="How many releases to keep.",
)
@click.option("--no-dumps", is_flag=True, help="Write no files to download; the command dump does later.")
@_JSON
@click.pass_context
def build_command(
    context: click.Context, paths: Sequence[Path], reasoner: str, keep: int, no_dumps: bool, as_json: bool
) -> None:
    """Build a release from tables and publish it; the packaged data when nothing is named.

    The files to download are written after it is published.

    \b
    Examples:
      policytrace build
      policytrace build my-tables/ partner.xlsx
    """
    from policytrace.graph.build import build, demo

    with _explained(), _progress() as progress:
        built = build(paths or [demo()], context.obj, progress, reasoner=reasoner, keep=keep)
    manifest = built.release.manifest
    if as_json:
        click.echo(json.dumps({"release": built.release.id, "new": built.new, **manifest}, sort_keys=True))
    else:
        word = "Published" if built.new else "Nothing has changed since"
        click.echo(f"{word} release {built.release.id}: {manifest['triples']['default']:,} triples.")
        click.echo(f"Validation: {_verdict(manifest['validation'])}.")
    _write_beside(context.obj, built.release, dumps=not no_dumps)


def _write_beside(home: Path, release: Release, *, dumps: bool = True) -> bool:
    """Write what follows publication, where that is not done yet; whether dumps were written.

    It is the look-ups, the prepared answers, what is counted of all projects, and unless they are not wanted
    the dumps, with an entry in the feed of changes.
    """
    from policytrace.graph import counted_write, dump_write, feed, lookups_write

    releases = Releases(home)
    with _explained(), _progress() as progress:
        lookups_write.write(releases, release, progress)
        answers.write(releases, release, progress)
        counted_write.write(releases, release, progress)
        new = dumps and dump_write.write(releases, release, progress)
        if dumps:
            feed.append(releases, release)
    return new


def _verdict(summary: dict[str, int]) -> str:
    return ", ".join(f"{count} of severity {name}" for name, count in summary.items()) or "nothing to report"


@main.command("validate", epilog=EXIT_CODES)
@_PATHS
@click.option("--reference", is_flag=True, help="Use pySHACL, the slower reference validator.")
@_JSON
@click.pass_context
def validate_command(context: click.Context, paths: Sequence[Path], reference: bool, as_json: bool) -> None:
    """Check tables against the schema and the shapes; nothing is published.

    \b
    Examples:
      policytrace validate my-tables/
      policytrace validate --json partner.xlsx > report.json
    """
    from policytrace.graph.build import check, demo

    with _explained(), _progress() as progress:
        report = check(paths or [demo()], progress, reference=reference)
    click.echo(json.dumps(report.as_dict(), sort_keys=True) if as_json else report.text())
    if report.violations:
        raise SystemExit(BROKEN_SHAPES)


@main.command("template", epilog=EXIT_CODES)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default="policytrace.xlsx")
@click.option("--project", help="Fill in the rows of this project, given by its id.")
@click.pass_context
def template_command(context: click.Context, file: Path, project: str | None) -> None:
    """Write the workbook that partners fill, with codes and known things to choose from.

    \b
    Examples:
      policytrace template
      policytrace template --project upgradesme upgradesme.xlsx
    """
    from policytrace.graph.build import demo
    from policytrace.graph.sheets import base, template

    if file.suffix.lower() != ".xlsx":
        raise Failure(f"{file.name}: the ending must be .xlsx.", 2)
    with _explained():
        sheets = base.of(Releases(context.obj).current(), demo())
        filled = base.of_project(sheets, project) if project else []
        if project and not filled:
            known = ", ".join(base.projects(sheets))
            raise Failure(f"there is no project {project!r}. Projects: {known}.", 2)
        template.write(str(file), sheets, filled)
    click.echo(f"{file} written.", err=True)


@main.command("check", epilog=EXIT_CODES)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write a marked copy of it here."
)
@_JSON
@click.pass_context
def check_command(context: click.Context, file: Path, output: Path | None, as_json: bool) -> None:
    """Check a filled workbook and say what it would add; nothing is published.

    \b
    Examples:
      policytrace check partner.xlsx -o marked.xlsx
      policytrace check --json partner.xlsx > report.json
    """
    from policytrace.graph.sheets import mark
    from policytrace.graph.sheets.check import check

    with _explained():
        checked = check(file, Releases(context.obj).current())
        if output and checked.readable:
            mark.write(file, str(output), checked.findings)
    click.echo(json.dumps(checked.as_dict()) if as_json else checked.text())
    if checked.errors:
        raise SystemExit(BROKEN_DATA)


def _print(rows: Rows, form: str) -> None:
    if form != "table":
        write(rows, form, sys.stdout.buffer)
        return
    headings, cells = display.simplified(rows)
    console = Console(width=None if sys.stdout.isatty() else _PIPED_WIDTH, highlight=False)
    if display.fits(headings, cells, console.width):
        table = Table(box=None, header_style="bold", pad_edge=False)
        for name in headings:
            table.add_column(name, overflow="fold")
        for row in cells:
            table.add_row(*map(Text, row))
        console.print(table)
    else:
        click.echo("\n".join(display.blocks(headings, cells)), nl=False)
    click.echo(f"{len(rows.rows)} row(s).", err=True)


class _Library(click.Group):
    """One command for every query of the library, with an option for each of its parameters."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(library())

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        with _explained():
            return _query_command(query(name))


def _answered(context: click.Context, release_id: str | None, entry: Query, values: dict[str, str]) -> Rows:
    if context.find_root().params["store"]:
        return answers.ask(_engine(context, release_id), entry.name, values)
    release = _release(context.obj, release_id)
    return answers.ask(OxigraphEngine(release.open()), entry.name, values, release.path)


def _query_command(entry: Query) -> click.Command:
    def ask(release_id: str | None, form: str, **given: str | None) -> None:
        values = {name: value for name, value in given.items() if value is not None}
        with _explained():
            rows = _answered(click.get_current_context(), release_id, entry, values)
        _print(rows, form)

    command: Callable[..., None] = ask
    for parameter in reversed(entry.parameters):
        command = click.option(
            f"--{parameter.name}", parameter.name, metavar=parameter.type.upper(), help=parameter.description
        )(command)
    return click.command(
        entry.name, help=f"{entry.summary}\n\n{entry.description}", short_help=entry.summary
    )(_RELEASE(_FORMAT(command)))


@main.command("query", cls=_Library, epilog=EXIT_CODES)
def query_command() -> None:
    """Run a query of the library; each has options for its parameters.

    \b
    Examples:
      policytrace query conflicting_figures
      policytrace query practice_destinations --format csv
    """


@main.command("sparql", epilog=EXIT_CODES)
@click.argument("text", metavar="QUERY|-")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *FORMATS]),
    default="table",
    help="How to print the answer.",
)
@_RELEASE
@click.pass_context
def sparql_command(context: click.Context, text: str, form: str, release_id: str | None) -> None:
    """Ask a SPARQL query; - reads it from standard input.

    \b
    Examples:
      policytrace sparql 'SELECT * { ?s ?p ?o } LIMIT 5'
      policytrace sparql - --format csv < my-query.rq
    """
    with _explained():
        text = sys.stdin.read() if text == "-" else text
        answer = _engine(context, release_id).query(text)
        if isinstance(answer, bool):
            _print_truth(answer, form)
        elif isinstance(answer, Rows):
            _print(arranged(answer, text), form)
        elif form in ("table", "ttl"):
            ox.serialize(answer, sys.stdout.buffer, format=ox.RdfFormat.TURTLE, prefixes=PREFIXES)
        else:
            raise Failure(
                f"the answer is triples, which {form} cannot hold. Leave --format out for Turtle.", 2
            )


def _print_truth(truth: bool, form: str) -> None:
    if form == "table":
        click.echo(str(truth).lower())
    elif form in TRUTH_FORMATS:
        write_truth(truth, form, sys.stdout.buffer)
    else:
        raise Failure(
            f"the answer is true or false, which {form} cannot hold. Use {' or '.join(TRUTH_FORMATS)}, "
            "or leave --format out.",
            2,
        )


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


@main.command("paths", epilog=EXIT_CODES)
@_path_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", *ANSWER_FORMATS]),
    default="text",
    show_default=True,
    help="How to print the answer.",
)
@_RELEASE
@click.pass_context
def paths_command(context: click.Context, /, form: str, release_id: str | None, **given: Any) -> None:
    """Follow what was learned: where something went, where it came from, how two things are linked.

    \b
    Examples:
      policytrace paths --from practice/gp-playful-paradigm
      policytrace paths --to measure/me-gavleborg-export-centre
      policytrace paths --from country/IT --to country/IE --format xlsx > paths.xlsx
    """
    from policytrace.graph.paths.ask import PathGraph
    from policytrace.graph.paths.text import as_text

    options = {
        name.removeprefix("path_"): [value] if isinstance(value, str) else list(value)
        for name, value in given.items()
        if value
    }
    with _explained():
        release = _release(context.obj, release_id)
        graph = PathGraph.open(release, _engine(context, release_id))
        answer = graph.answer(options)
    if form == "text":
        click.echo(as_text(answer), nl=False)
    else:
        sys.stdout.buffer.write(ANSWER_FORMATS[form].write(answer))


@main.command("analyse", epilog=EXIT_CODES)
@click.argument("name", metavar="brokers|reach|matrix|loops|lag")
@click.option("--by", help="What to count by; the analysis says what it knows.")
@click.option(
    "--layer",
    type=click.Choice(OPTIONS["layer"].codes[:2]),
    help="What was realised (the default), or only considered and no influence.",
)
@_MIN_STRENGTH
@click.option("--max-hops", metavar="N", help="The most hops of a chain; brokers, reach and loops only.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How to print the rows; json has the transfers and hops behind each.",
)
@_RELEASE
@click.pass_context
def analyse_command(
    context: click.Context, /, name: str, form: str, release_id: str | None, **given: Any
) -> None:
    """Count over all paths: brokers, reach of practices, who learned from whom, loops, time lags.

    \b
    Examples:
      policytrace analyse brokers --by organisation
      policytrace analyse matrix --by country --min-strength moderate --format csv
    """
    from policytrace.graph.paths.analyses import report
    from policytrace.graph.paths.ask import PathGraph

    with _explained():
        release = _release(context.obj, release_id)
        graph = PathGraph.open(release, _engine(context, release_id))
        found = report(graph, name, {option: value for option, value in given.items() if value})
    if form == "json":
        click.echo(json.dumps(found.as_dict()))
        return
    _print(found.table(), form)
    for note in found.notes:
        click.echo(note, err=True)


@main.command("indicators", epilog=EXIT_CODES)
@click.argument("name", required=False)
@click.option("--project", help="Only this project; the default is all.")
@_MIN_STRENGTH
@click.option(
    "--disputed",
    type=click.Choice(["with", "without"]),
    help="Whether claims and sums that sources dispute count; the default is with them.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How to print; json has rule, sensitivity and rows.",
)
@_RELEASE
@click.pass_context
def indicators_command(
    context: click.Context, /, name: str | None, form: str, release_id: str | None, **given: Any
) -> None:
    """Count what a programme reports, by published rules; with NAME the things behind one number.

    \b
    Examples:
      policytrace indicators --project upgradesme
      policytrace indicators instruments-improved --min-strength moderate
      policytrace indicators funds-influenced --disputed without --format json
    """
    from policytrace.graph.indicators import table
    from policytrace.graph.indicators.definitions import definitions
    from policytrace.graph.indicators.measure import measure

    options = {option: value for option, value in given.items() if value}
    with _explained():
        reader = _reader(context, release_id)
        engine, release = _asked(context, release_id)
        names = [name] if name else list(definitions())
        found = [measure(engine, release, one, options) for one in names]
    label = display.namer(reader)
    if form == "json":
        told = [one.as_dict(label) for one in found]
        click.echo(json.dumps(told[0] if name else told))
    elif name:
        _print(table.things(found[0], label), form)
        click.echo(found[0].summary(), err=True)
    else:
        _print(table.overview(found), form)


@main.command("gaps", epilog=EXIT_CODES)
@click.option("--project", default="", help="Only this project; the default is all.")
@click.option("--partner", default="", help="Only what this organisation may know.")
@click.option(
    "--kind", "codes", type=click.Choice(list(kinds())), multiple=True, help="Only gaps of these kinds."
)
@click.option("--thing", default="", help="Only what has to do with this thing, such as region/friesland.")
@_FORMAT
@_RELEASE
@click.pass_context
def gaps_command(
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
    from policytrace.graph.gaps.place import concerning, place
    from policytrace.graph.gaps.table import table

    with _explained():
        reader = _reader(context, release_id)
        found = find(_engine(context, release_id), _node(reader, project, "project"), codes)
        if about := _node(reader, thing, ""):
            found = concerning(reader, found, about.value)
        placed = place(reader, found)
        if organisation := _node(reader, partner, "organisation"):
            placed = [one for one in placed if organisation.value in one.partners]
    _print(table(placed, display.namer(reader)), form)


def _node(reader: Reader, text: str, segment: str) -> ox.NamedNode | None:
    """The thing of an identifier, whole, short or bare; None for none."""
    if not text:
        return None
    node = ox.NamedNode(descriptions.resolve(text if "/" in text or not segment else f"{segment}/{text}"))
    if not reader.exists(node):
        raise Failure(f"nothing in this release is called {node.value}.", BROKEN_QUERY)
    return node


@main.command("describe", epilog=EXIT_CODES)
@click.argument("iri")
@_RELEASE
@_JSON
@click.pass_context
def describe_command(context: click.Context, iri: str, release_id: str | None, as_json: bool) -> None:
    """Show what is known of a thing, and which source says so.

    IRI may be whole, short (pt:Measure), or the end of one (practice/gp-ergo).

    \b
    Examples:
      policytrace describe practice/gp-aula-emprende
      policytrace describe https://w3id.org/policytrace/id/region/friesland
    """
    with _explained():
        found = descriptions.describe(_reader(context, release_id), iri)
    if found is None:
        raise Failure(f"nothing is known of {iri}.")
    click.echo(json.dumps(found.as_dict(), sort_keys=True) if as_json else found.text())


@main.command("export", epilog=EXIT_CODES)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--graph", metavar="IRI", help="Only this graph; “default” is the merged default graph.")
@_RELEASE
@click.pass_context
def export_command(context: click.Context, file: Path, graph: str | None, release_id: str | None) -> None:
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
    with _explained():
        store = _release(context.obj, release_id).open()
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


@main.command("dump", epilog=EXIT_CODES)
@click.argument("release_id", metavar="[RELEASE]", required=False)
@click.pass_context
def dump_command(context: click.Context, release_id: str | None) -> None:
    """Write the files of a release that the server offers to download; of the current one by default.

    Answers of the query library about everything are prepared before. build does this by itself, unless
    told --no-dumps. What is there already stays as it is.

    \b
    Example:
      policytrace dump
    """
    with _explained():
        release = _release(context.obj, release_id)
    new = _write_beside(context.obj, release)
    word = "Wrote" if new else "There are already"
    click.echo(f"{word} the dumps of release {release.id}: {release.path / DUMPS}")


@main.command("diff", epilog=EXIT_CODES)
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
def diff_command(context: click.Context, before_id: str, after_id: str | None, form: str) -> None:
    """What changed from one release to another, or to the current one.

    \b
    Examples:
      policytrace diff 20261123T120000Z-1a2b3c4d
      policytrace diff 20261123T120000Z-1a2b3c4d 20261124T090000Z-5e6f7a8b --format patch > changes.rdfp
    """
    from policytrace.graph import patch

    with _explained():
        before, after = _release(context.obj, before_id), _release(context.obj, after_id)
        if form == "words":
            for line in _changes(before, after):
                click.echo(line)
            return
        sys.stdout.buffer.writelines(patch.WRITERS[form](before, after))


def _changes(before: Release, after: Release) -> Iterator[str]:
    """The changes between two releases as lines of text."""
    from policytrace.graph import changes, versions
    from policytrace.graph.changed_things import named

    found = changes.compare(versions.path_of(before), versions.path_of(after))
    old, new = Reader.open(before.store_path), Reader.open(after.store_path)
    yield found.sentence()
    for one in named(found.transfers, old, new):
        yield f"  {one.name}: {changes.told(one.change)}"
    for one in named(found.records, old, new):
        yield f"  {one.change.kind:6} {changes.table_of(one.change.iri)}: {one.name}"


@main.command("stats", epilog=EXIT_CODES)
@_RELEASE
@_JSON
@click.pass_context
def stats_command(context: click.Context, release_id: str | None, as_json: bool) -> None:
    """What a release holds: things, triples, hops, and what validation found.

    \b
    Example:
      policytrace stats --json
    """
    with _explained():
        releases = Releases(context.obj)
        manifest = _release(context.obj, release_id).manifest
    if as_json:
        click.echo(json.dumps(manifest, sort_keys=True))
        return
    click.echo(f"Release {manifest['id']}, made {manifest['created']}; {len(releases.all())} kept.")
    for title in ("things", "hops", "triples", "validation"):
        click.echo(f"\n{title}")
        for name, count in manifest[title].items():
            click.echo(f"  {count:>12,}  {name}")


@main.command("publish", epilog=EXIT_CODES)
@click.option("--to", "url", metavar="URL", required=True, help="SPARQL endpoint of the server.")
@click.option("--update", metavar="URL", default="", help="Its address for updates, where that differs.")
@click.option(
    "--keep", type=click.IntRange(1), default=2, show_default=True, help="How many releases stay there."
)
@_RELEASE
@_JSON
@click.pass_context
def publish_command(
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
    with _explained(), _progress() as progress:
        from policytrace.graph.publish import publish

        release = _release(context.obj, release_id)
        new = publish(release, connect(url, update=update).endpoint, progress, keep=keep)
    if as_json:
        click.echo(json.dumps({"release": release.id, "new": new}))
        return
    click.echo(f"Published release {release.id}." if new else f"Release {release.id} is there already.")


@main.command("serve", epilog=EXIT_CODES)
@click.option("--host", help="Address to listen at.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(1, 65535), help="Port to listen at.  [default: 8000]")
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="POLICYTRACE_CONFIG",
    help="TOML file of settings.",
)
@click.pass_context
def serve_command(context: click.Context, host: str | None, port: int | None, config: Path | None) -> None:
    """Serve the current release; the packaged data are built first if there is none.

    \b
    Example:
      policytrace serve --port 8080
      policytrace serve --config policytrace.toml
    """
    from policytrace.server.run import configure, serve

    main_context = context.find_root()
    chosen = main_context.get_parameter_source("home") is not ParameterSource.DEFAULT
    with _explained():
        if store := main_context.params["store"]:
            os.environ["POLICYTRACE_STORE"] = store
        settings = configure(context.obj if chosen else None, host, port, config)
        if not settings.store and Releases(settings.home).current() is None:
            from policytrace.graph.build import build, demo

            with _progress() as progress:
                built = build([demo()], settings.home, progress)
            _write_beside(settings.home, built.release)
        serve(settings)


@main.command("freeze", epilog=EXIT_CODES)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--site", metavar="URL", help="Where the files will be served; POLICYTRACE_SITE by default.")
@click.option(
    "--processes", type=click.IntRange(1), help="How many work at once; one for each processor by default."
)
@click.pass_context
def freeze_command(context: click.Context, folder: Path, site: str | None, processes: int | None) -> None:
    """Write the whole site as files that any static host serves.

    Pages, documents in every format, dumps, feeds, the catalogue and the answers of the query library: all
    that can be reached by links. Rules for Apache and nginx choose the format there.

    \b
    Example:
      policytrace freeze site --site https://data.example.org/
    """
    from concurrent.futures.process import BrokenProcessPool

    from policytrace.server.freeze.write import FolderInUseError, freeze
    from policytrace.server.run import configure

    place = (site or os.environ.get("POLICYTRACE_SITE", "")).rstrip("/") + "/"
    if "://" not in place:
        raise Failure("say where the files will be served: --site https://data.example.org/")
    chosen = context.find_root().get_parameter_source("home") is not ParameterSource.DEFAULT
    with _explained(), _progress() as progress:
        settings = configure(context.obj if chosen else None)
        settings = replace(settings, site=place, rate=0.0, cache=0, query_processes=1)
        release = Releases(settings.home).current()
        if release is None:
            raise Failure(f"there is no release in {settings.home}; run: policytrace build", NO_RELEASE)

        def told(done: int, left: int) -> None:
            progress("freeze", done, done + left)

        try:
            found = freeze(settings, release.id, folder, told, processes)
        except FolderInUseError as error:
            raise Failure(str(error)) from None
        except BrokenProcessPool:
            raise Failure(
                f"a process that froze {release.id} ended before its time, or a newer release appeared; "
                "run it again"
            ) from None
    size = f"{found.files:,} files, {found.size / 2**20:,.0f} MiB"
    click.echo(f"Froze release {found.release} into {folder}: {size}.")
    if found.missing:
        click.echo(f"{len(found.missing)} addresses had no answer; frozen.json lists them.", err=True)


@main.command("conformance", epilog=EXIT_CODES)
@click.argument("url", required=False)
@click.option("--resource", metavar="IRI", default="", help="Identifier of a thing to look at.")
@_JSON
@click.pass_context
def conformance_command(context: click.Context, url: str | None, resource: str, as_json: bool) -> None:
    """Check that a linked-data site keeps to the standards; ends with 1 where it does not.

    Without URL the application itself is checked in this process, as the page /conformance shows it. With
    URL a few hundred requests are sent there, one after the other. Nothing else is asked.

    \b
    Examples:
      policytrace conformance
      policytrace conformance https://data.example.org/
    """
    from policytrace.server.conformance import kept
    from policytrace.server.conformance.report import UnknownResourceError, Verdict, run

    with _explained(), _right_use(UnknownResourceError):
        if url:
            with closing(_site(url)) as site:
                report = run(site, kept.CHECKS, resource=resource)
        else:
            from policytrace.server.run import configure

            chosen = context.find_root().get_parameter_source("home") is not ParameterSource.DEFAULT
            settings = configure(context.obj if chosen else None, None, None, None)
            report = kept.check_own(settings, resource)
    click.echo(json.dumps(report.as_dict()) if as_json else report.text())
    if report.count(Verdict.FAILED):
        raise SystemExit(1)


def _site(url: str) -> "HttpSite":
    from policytrace.server.conformance.visit import HttpSite

    if not url.startswith(("http://", "https://")):
        raise click.BadParameter(
            f"{url} is no web address: it begins with http:// or https://", param_hint="URL"
        )
    try:
        return HttpSite(url)
    except ImportError:
        raise Failure("asking a site needs httpx. Install it: pip install 'policytrace[remote]'") from None
