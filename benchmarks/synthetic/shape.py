"""The shape of the domain in numbers: rows of each table per project, and how often a cell is filled.

The numbers of ``PROGRAMME`` were counted in the sourced tables of Interreg Europe, INTERREG IVC and URBACT:
76 projects, 225 learning transfers, 186 measures, 121 good practices; stages, outcomes and degrees in the 455
transfers of 123 projects that were coded by the codebook later. Their ratios are kept; a generated
project is documented as fully as UpGradeSME is, for most projects there are known by a few rows only.
"""

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Shape:
    """One profile of the generator."""

    rows: dict[str, float]
    """Mean number of rows per project, by table."""
    filled: dict[str, float]
    """Share of rows in which a column is filled, by ``table.column``; unnamed ones stay empty."""
    transfers_per_measure: float = 1.15
    """Mean number of transfers that lead to a measure which has any."""
    skew: float = 1.6
    """How unevenly practices, measures and organisations are chosen: 1 is evenly, more gives hubs."""
    elsewhere: float = 0.06
    """Share of transfers whose source is a practice of an earlier project."""
    both: float = 0.04
    """Share of choices in which one that usually gives receives, or the other way round."""
    documented: float = 0.02
    """Share of practices that are a measure of an earlier transfer, documented: these make chains longer."""
    stages: dict[str, float] = field(
        default_factory=lambda: {
            "learned": 0.09,
            "considered": 0.12,
            "intended": 0.27,
            "committed": 0.17,
            "piloted": 0.1,
            "implemented": 0.21,
            "sustained": 0.01,
            "unknown": 0.03,
        }
    )
    """Share of transfers, and of measures, of each stage."""
    as_far: float = 0.85
    """Share of transfers to a measure that are as far as the measure is."""


PROGRAMME = Shape(
    rows={
        "regions": 14,
        "participants": 24,
        "good_practices": 17,
        "events": 11,
        "outputs": 2,
        "problems": 1,
        "policy_instruments": 7,
        "action_plans": 7,
        "measures": 26,
        "proposals": 3,
        "policy_changes": 8,
        "transfers": 32,
        "evidence": 40,
        "figures": 15,
        "matches": 2,
        "links": 3,
        "gaps": 6,
    },
    filled={
        "organisations.local_name": 0.08,
        "organisations.acronym": 0.05,
        "organisations.is_named": 0.95,
        "organisations.region_id": 0.97,
        "organisations.city": 0.05,
        "organisations.website": 0.05,
        "organisations.same_as": 0.01,
        "participants.region_id": 0.95,
        "participants.theme_led": 0.02,
        "participants.budget": 0.01,
        "good_practices.owner_as_written": 0.58,
        "good_practices.owner_id": 0.3,
        "good_practices.presented_by_id": 0.1,
        "good_practices.start_date": 0.08,
        "good_practices.figures_as_written": 0.07,
        "good_practices.theme": 0.1,
        "good_practices.covid_era": 0.1,
        "good_practices.link_to_project": 0.09,
        "events.place": 0.96,
        "events.country": 0.94,
        "events.host_ids": 0.77,
        "events.start_date": 0.92,
        "events.end_date": 0.35,
        "events.format": 0.4,
        "events.participants_as_written": 0.85,
        "events.attendee_ids": 0.25,
        "events.practices_shown_ids": 0.53,
        "events.instruments_reviewed_ids": 0.05,
        "events.covid_extension": 0.1,
        "events.summary": 0.65,
        "policy_instruments.local_name": 0.1,
        "policy_instruments.manager_as_written": 0.45,
        "policy_instruments.manager_id": 0.3,
        "policy_instruments.responsible_id": 0.88,
        "policy_instruments.level": 0.2,
        "policy_instruments.esif": 0.7,
        "policy_instruments.objective": 0.75,
        "action_plans.responsible_id": 0.75,
        "action_plans.instrument_ids": 0.56,
        "action_plans.number_of_actions": 0.5,
        "action_plans.period": 0.31,
        "action_plans.signed_date": 0.13,
        "action_plans.budget": 0.07,
        "measures.plan_id": 0.28,
        "measures.instrument_id": 0.28,
        "measures.responsible_id": 0.8,
        "measures.region_id": 0.9,
        "measures.timeframe": 0.18,
        "measures.cost": 0.02,
        "measures.funding_as_written": 0.05,
        "measures.indicators_as_written": 0.05,
        "measures.problem_ids": 0.02,
        "measures.statement": 0.1,
        "transfers.from_region_id": 0.95,
        "transfers.from_organisation_id": 0.5,
        "transfers.to_organisation_id": 0.78,
        "transfers.to_measure_id": 0.97,
        "transfers.to_instrument_id": 0.29,
        "transfers.event_id": 0.31,
        "transfers.objects": 0.9,
        "transfers.learned_on": 0.25,
        "transfers.uptake_on": 0.12,
        "transfers.obstacle": 0.04,
        "transfers.as_of": 0.6,
        "policy_changes.amount": 0.1,
        "figures.number": 0.9,
        "figures.currency": 0.14,
        "figures.region_id": 0.3,
        "note": 0.2,
        "source_date": 0.7,
    },
)

DENSE = replace(
    PROGRAMME,
    rows=PROGRAMME.rows | {"good_practices": 12, "measures": 16, "transfers": 60, "events": 14, "links": 8},
    filled=PROGRAMME.filled
    | {
        "measures.plan_id": 0.7,
        "measures.instrument_id": 0.7,
        "events.attendee_ids": 0.6,
        "events.practices_shown_ids": 0.8,
        "transfers.from_organisation_id": 0.8,
    },
    transfers_per_measure=4.0,
    skew=3.5,
    elsewhere=0.4,
    both=0.3,
    documented=0.3,
)

PROFILES = {"programme": PROGRAMME, "dense": DENSE}

SOURCE_KINDS = {
    "practice": 0.81,
    "recommendation": 0.03,
    "stakeholder-proposal": 0.02,
    "measure": 0.03,
    "event": 0.02,
    "exchange": 0.03,
    "unnamed-practice": 0.04,
    "unnamed": 0.02,
}
SOURCES_PER_ROW = {"1": 0.68, "2": 0.25, "3": 0.07}
CONFIDENCE = {"high": 0.62, "medium": 0.3, "low": 0.08}
DEGREES = {"adapted": 0.1, "combined": 0.04, "inspired": 0.14, "unknown": 0.72}
OUTCOMES = {"open": 0.94, "completed": 0.05, "rejected": 0.005, "blocked": 0.005}
ATTRIBUTIONS = {"explicit": 0.68, "implied": 0.17, "inferred": 0.15}
CLAIM_STATUS = {"claimed": 0.94, "substantiated": 0.03, "contested": 0.02, "withdrawn": 0.01}
LINK_KINDS = {
    "same-thing": 0.2,
    "builds-on": 0.4,
    "improves": 0.2,
    "alternative-to": 0.1,
    "addresses": 0.1,
}
WEBSITES = {"project": 0.5, "press": 0.2, "organisation": 0.18, "programme": 0.12}
"""Whose pages the sources are."""

COUNTRIES = 30
NUTS_CHILDREN = (3, 3, 5)
"""Regions of the next level within a country, a level 1 and a level 2 region."""
