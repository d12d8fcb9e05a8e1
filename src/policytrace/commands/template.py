"""The command `template`."""

from pathlib import Path

import click

from policytrace.commands.errors import EXIT_CODES, Failure, explained
from policytrace.graph.releases.release import Releases


@click.command("template", epilog=EXIT_CODES)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default="policytrace.xlsx")
@click.option("--project", help="Fill in the rows of this project, given by its id.")
@click.pass_context
def command(context: click.Context, file: Path, project: str | None) -> None:
    """Write the workbook that partners fill, with codes and known things to choose from.

    \b
    Examples:
      policytrace template
      policytrace template --project upgradesme upgradesme.xlsx
    """
    from policytrace.graph.building.build import demo
    from policytrace.graph.workbooks import base_tables, template

    if file.suffix.lower() != ".xlsx":
        raise Failure(f"{file.name}: the ending must be .xlsx.", 2)
    with explained():
        sheets = base_tables.base_sheets(Releases(context.obj).current(), demo())
        filled = base_tables.project_sheets(sheets, project) if project else []
        if project and not filled:
            known = ", ".join(base_tables.project_ids(sheets))
            raise Failure(f"there is no project {project!r}. Projects: {known}.", 2)
        template.write(str(file), sheets, filled)
    click.echo(f"{file} written.", err=True)
