"""Words of the interface that several pages share."""

from policytrace.graph.vocabulary.terms import LICENCE
from policytrace.graph.vocabulary.translation import N_

PARAMETERS = {
    "project": N_("project"),
    "min_strength": N_("evidence at least"),
    "disputed": N_("disputed claims"),
    "kind": N_("kind"),
    "thing": N_("thing"),
    "partner": N_("partner"),
    "with": N_("with"),
    "without": N_("without"),
    "all": N_("all"),
    "organisation": N_("organisation"),
    "practice": N_("practice"),
    "event": N_("event"),
    "region": N_("region"),
    "country": N_("country"),
    "transfer": N_("transfer"),
}
"""Parameters of pages, and values they take, as forms name them; those of queries stand in their headers."""

COVERAGE = N_(
    "What stands here is what public pages state, mostly news of the projects themselves. A missing link "
    "means that no source was found for it, not that it does not exist."
)
"""What every page of many things says of what is missing, of the packaged data."""
COVERAGE_OF_OWN = N_(
    "What stands here is what the tables of this server state, each row with its sources. A missing link "
    "means that no source was found for it, not that it does not exist."
)
"""The same of data that somebody else gathered."""


def licence_name(licence: str) -> str:
    """What a licence is called: that of the packaged data by its name, others by their address."""
    return "CC BY 4.0" if licence == LICENCE else licence
