"""The command `check`."""

import json
from pathlib import Path

import click

from policytrace.commands.errors import BROKEN_DATA, EXIT_CODES, explained
from policytrace.commands.options import JSON
from policytrace.graph.releases.release import Releases


@click.command("check", epilog=EXIT_CODES)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write a marked copy of it here."
)
@JSON
@click.pass_context
def command(context: click.Context, file: Path, output: Path | None, as_json: bool) -> None:
    """Check a filled workbook and say what it would add; nothing is published.

    Tables are checked by validate, the files of a release by verify.

    \b
    Examples:
      policytrace check partner.xlsx -o marked.xlsx
      policytrace check --json partner.xlsx > report.json
    """
    from policytrace.graph.workbooks import annotate
    from policytrace.graph.workbooks.check import check

    with explained():
        checked = check(file, Releases(context.obj).current())
        if output and checked.readable:
            annotate.write(file, str(output), checked.findings)
    click.echo(json.dumps(checked.as_dict()) if as_json else checked.text())
    if checked.errors:
        raise SystemExit(BROKEN_DATA)
