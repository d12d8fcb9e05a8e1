"""The command `validate`."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from policytrace.commands.errors import BROKEN_SHAPES, EXIT_CODES, explained
from policytrace.commands.options import JSON, PATHS
from policytrace.commands.progress_bars import progress_bars


@click.command("validate", epilog=EXIT_CODES)
@PATHS
@click.option("--reference", is_flag=True, help="Use pySHACL, the slower reference validator.")
@JSON
@click.pass_context
def command(context: click.Context, paths: Sequence[Path], reference: bool, as_json: bool) -> None:
    """Check tables against the schema and the shapes; nothing is published.

    A partner's workbook is checked by check, the files of a release by verify.

    \b
    Examples:
      policytrace validate my-tables/
      policytrace validate --json partner.xlsx > report.json
    """
    from policytrace.graph.building.build import check, demo

    with explained(), progress_bars() as progress:
        report = check(paths or [demo()], progress, reference=reference)
    click.echo(json.dumps(report.as_dict(), sort_keys=True) if as_json else report.text())
    if report.violations:
        raise SystemExit(BROKEN_SHAPES)
