"""The command `conformance`."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from policytrace.commands.errors import EXIT_CODES, Failure, explained
from policytrace.commands.options import JSON, chosen_home

if TYPE_CHECKING:
    from policytrace.server.conformance.client import HttpSite
    from policytrace.server.conformance.report import ConformanceReport
    from policytrace.server.operations.settings import Settings


@click.command("conformance", epilog=EXIT_CODES)
@click.argument("url", required=False)
@click.option("--resource", metavar="IRI", default="", help="Identifier of a thing to look at.")
@JSON
@click.pass_context
def command(context: click.Context, url: str | None, resource: str, as_json: bool) -> None:
    """Check that a linked-data site keeps to the standards; ends with 1 where it does not.

    Without URL the application itself is checked in this process, as the page /conformance shows it. With
    URL a few hundred requests are sent there and where it leads, one after the other.

    \b
    Examples:
      policytrace conformance
      policytrace conformance https://data.example.org/
    """
    from policytrace.server.conformance import report_store
    from policytrace.server.conformance.report import UnknownResourceError, Verdict, run

    with explained(), _right_use(UnknownResourceError):
        if url:
            with closing(_site(url)) as site:
                report = run(site, report_store.CHECKS, resource=resource)
        else:
            from policytrace.server.run import configure

            settings = configure(chosen_home(context), None, None, None)
            report = _check_application(settings, resource)
    click.echo(json.dumps(report.as_dict()) if as_json else report.text())
    if report.count(Verdict.FAILED):
        raise SystemExit(1)


@contextmanager
def _right_use(kind: type[Exception]) -> Iterator[None]:
    """Turn one kind of error into the message of wrong use."""
    try:
        yield
    except kind as error:
        raise Failure(str(error), 2) from None


def _site(url: str) -> "HttpSite":
    from policytrace.server.conformance.client import HttpSite

    if not url.startswith(("http://", "https://")):
        raise click.BadParameter(
            f"{url} is no web address: it begins with http:// or https://", param_hint="URL"
        )
    try:
        return HttpSite(url)
    except ImportError:
        raise Failure("asking a site needs httpx. Install it: pip install 'policytrace[remote]'") from None


def _check_application(settings: "Settings", resource: str) -> "ConformanceReport":
    """Check the application of these settings in this process, and store the report of its release.

    A report about a ``resource`` that was named is not stored: the page shows the usual example.

    Raises:
        UnknownResourceError: there is no such thing.
    """
    from policytrace.server import create_app
    from policytrace.server.conformance import report_store
    from policytrace.server.conformance.client import AppSite
    from policytrace.server.conformance.report import run

    app = create_app(replace(settings, rate=0, access_log=""))
    try:
        report = run(AppSite(app, settings.site), report_store.CHECKS, resource=resource)
    finally:
        app.extensions["policytrace"].pool.close()
    if not resource:
        report_store.finish(settings.home, report)
    return report
