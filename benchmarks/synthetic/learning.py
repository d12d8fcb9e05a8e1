"""Good practices, events, outputs, proposals, learning transfers and their evidence."""

from synthetic.project import GIVER, RECEIVER, SITE, Project, Row
from synthetic.shape import ATTRIBUTIONS, CLAIM_STATUS, DEGREES, OUTCOMES, SOURCE_KINDS

_EVIDENCE_OF = {"substantiated": "supports", "contested": "weakens"}
"""The evidence without which a claim cannot have a status."""
_KINDS = ("study visit", "meeting", "peer review", "workshop")
_STAGES = ("learned", "considered", "intended", "committed", "piloted", "implemented", "sustained")


def _at_most(stage: str, bound: str) -> str:
    """A stage that is no further than that of its measure."""
    if stage == "unknown" or bound not in _STAGES:
        return "unknown" if bound == "unknown" else stage
    return _STAGES[min(_STAGES.index(stage), _STAGES.index(bound))]


def _effect(project: Project, stage: str) -> str:
    if stage == "unknown":
        return ""
    if _STAGES.index(stage) <= _STAGES.index("intended"):
        return "none-yet"
    return "change" if project.draws.chance(0.2) else "start"


def good_practices(project: Project) -> None:
    """Good practices; some document a measure of an earlier project."""
    for key in project.new_ids("good_practices", "gp"):
        region = project.region_of[key] = project.region(GIVER)
        owner = project.organisation("good_practices.owner_id", GIVER)
        project.put(
            "good_practices",
            {
                "id": key,
                "title": project.draws.wording(35),
                "owner_as_written": project.text("good_practices.owner_as_written", 25),
                "owner_id": owner,
                "presented_by_id": project.organisation("good_practices.presented_by_id"),
                "region_id": region,
                "start_date": project.when("good_practices.start_date", lambda: str(project.year - 5)),
                "description": project.draws.wording(70),
                "figures_as_written": project.text("good_practices.figures_as_written", 70),
                "theme": project.when("good_practices.theme", lambda: project.code("theme")),
                "covid_era": project.yes("good_practices.covid_era"),
                "link_to_project": project.text("good_practices.link_to_project", 70),
                "url": f"{SITE}/{project.folder}/practices/{key}",
            },
        )
        if project.world.measures and project.draws.chance(project.world.shape.documented):
            measure = project.draws.pick(project.world.measures, project.world.shape.skew)
            project.link(f"{key}-origin", measure, "documented-as", key)


def events(project: Project) -> None:
    """Learning events and the practices shown at them."""
    for key in project.new_ids("events", "ev"):
        start = project.when("events.start_date", lambda: f"{project.date()}"[:7])
        project.put(
            "events",
            {
                "id": key,
                "kind": project.code("event-kind", 1.5),
                "kind_as_written": project.draws.pick(_KINDS),
                "title": project.draws.wording(34),
                "place": project.when("events.place", lambda: f"Town {project.draws.below(900)}"),
                "country": project.when("events.country", lambda: project.country(project.region())),
                "host_ids": project.ones("organisations", "events.host_ids", 1.2),
                "start_date": start,
                "end_date": start if start and project.filled("events.end_date") else "",
                "format": project.when("events.format", lambda: project.code("event-format", 1.0)),
                "participants_as_written": project.text("events.participants_as_written", 30),
                "attendee_ids": project.ones("organisations", "events.attendee_ids", 2.5),
                "practices_shown_ids": project.ones("good_practices", "events.practices_shown_ids"),
                "instruments_reviewed_ids": project.ones(
                    "policy_instruments", "events.instruments_reviewed_ids"
                ),
                "covid_extension": project.yes("events.covid_extension"),
                "summary": project.text("events.summary", 80),
            },
        )


def outputs(project: Project) -> None:
    """Joint reports and the like."""
    for key in project.new_ids("outputs", "out"):
        project.put(
            "outputs",
            {
                "id": key,
                "kind": project.code("output-kind", 1.5),
                "title": project.draws.wording(40),
                "description": project.draws.wording(70),
                "event_ids": "|".join(project.made["events"][:1]),
                "instrument_ids": "|".join(project.made["policy_instruments"][:2]),
                "problem_ids": "|".join(project.made["problems"][:1]),
                "date": project.date(2),
            },
        )


def proposals(project: Project) -> None:
    """Recommendations of peer reviews and proposals of stakeholders."""
    for key in project.new_ids("proposals", "pr"):
        region = project.region_of[key] = project.region(GIVER)
        project.put(
            "proposals",
            {
                "id": key,
                "kind": project.code("proposal-kind", 1.0),
                "title": project.draws.wording(45),
                "event_id": project.draws.pick(project.made["events"]) if project.made["events"] else "",
                "proposer_ids": "|".join(project.draws.some(project.partners, 1.5)),
                "region_id": region,
                "date": project.date(),
            },
        )


def _source(project: Project) -> tuple[Row, str]:
    """The source cells of a transfer and the region of the source, if it has one."""
    shape, draws, world = project.world.shape, project.draws, project.world
    kind = draws.weighted(SOURCE_KINDS)
    made = {
        "recommendation": ("source_proposal_id", project.made["proposals"]),
        "stakeholder-proposal": ("source_proposal_id", project.made["proposals"]),
        "measure": ("source_measure_id", world.measures),
        "event": ("source_event_id", project.made["events"]),
        "exchange": ("source_project_id", [project.folder]),
        "unnamed-practice": ("", [""]),
        "unnamed": ("", [""]),
    }
    column, choices = made.get(kind, ("source_practice_id", project.made["good_practices"]))
    if kind == "practice" and world.practices and draws.chance(shape.elsewhere):
        choices = world.practices
    if not choices:
        return {"source_kind": "unnamed"}, ""
    key = draws.pick(choices, shape.skew)
    region = project.region_of.get(key) or world.regions_of.get(key, "")
    return ({"source_kind": kind, column: key} if column else {"source_kind": kind}), region


def _state(project: Project, status: str) -> Row:
    """When the stage was so, if that is told; a confirmed claim has a date."""
    if status != "substantiated" and not project.filled("transfers.as_of"):
        return {}
    kind = "stated" if project.draws.chance(0.85) else "not-before"
    return {"as_of": project.date(2), "as_of_kind": "stated" if status == "substantiated" else kind}


def transfers(project: Project) -> None:
    """Learning transfers, most of them to a measure, and most of these as far as the measure is."""
    draws, shape = project.draws, project.world.shape
    made = project.made["measures"]
    targets = made[: max(1, int(len(made) / shape.transfers_per_measure))]
    for number, key in enumerate(project.new_ids("transfers", "tr")):
        source, region = _source(project)
        measure = ""
        if targets and project.filled("transfers.to_measure_id"):
            fresh = number < len(targets) and shape.transfers_per_measure < 2
            measure = targets[number] if fresh else draws.pick(targets, shape.skew)
        stage, furthest = draws.weighted(shape.stages), project.stage_of.get(measure, "")
        if furthest:
            stage = furthest if draws.chance(shape.as_far) else _at_most(stage, furthest)
        outcome = draws.weighted(OUTCOMES)
        if outcome == "rejected":
            measure = ""
        status = draws.weighted(CLAIM_STATUS)
        project.claims.append((key, status))
        named = source["source_kind"] != "exchange"
        receiver = project.organisation("transfers.to_organisation_id", RECEIVER)
        giver = project.organisation("transfers.from_organisation_id", GIVER) if named else ""
        giver = "" if giver == receiver else giver
        place = project.region_of.get(measure) or project.region(RECEIVER)
        region = region if named and region != place else ""
        others = (key for key in project.partners if key not in (giver, receiver))
        confirmed = status == "substantiated"
        project.put(
            "transfers",
            {
                "id": key,
                **source,
                "from_region_id": region if project.filled("transfers.from_region_id") else "",
                "from_organisation_id": giver,
                "to_region_id": place,
                "to_organisation_id": receiver,
                "to_measure_id": measure,
                "to_instrument_id": project.one("policy_instruments", "transfers.to_instrument_id"),
                "event_id": project.one("events", "transfers.event_id"),
                "stage": project.stage_of.setdefault(key, stage),
                "outcome": outcome,
                **_state(project, status),
                "effect": _effect(project, stage),
                "degree": draws.weighted(DEGREES),
                "objects": project.when("transfers.objects", lambda: project.code("object", 1.0)),
                "learned_on": project.when("transfers.learned_on", project.date),
                "uptake_on": project.when("transfers.uptake_on", lambda: project.date(4)),
                "claim_status": status,
                "substantiated_by_id": next(others) if confirmed else "",
                "obstacle": project.text("transfers.obstacle", 36),
                "statement": draws.wording(88),
            },
        )


def evidence(project: Project) -> None:
    """Evidence lines with a passage: those that the status of a claim asks for, and some more."""
    asked = [(key, _EVIDENCE_OF[status]) for key, status in project.claims if status in _EVIDENCE_OF]
    made = project.new_ids("evidence", "line")
    while project.claims and len(asked) < len(made):
        key, _ = project.draws.pick(project.claims)
        asked.append((key, "supports"))
    for number, (transfer, direction) in enumerate(asked, start=1):
        passage = f"pa-{project.number}-{number}"
        page = project.page()
        project.put(
            "passages",
            {
                "id": passage,
                "locator": f"page {1 + project.draws.below(80)}",
                "locator_state": "given",
                "source_url": page,
            },
        )
        supports = direction == "supports"
        project.put(
            "evidence",
            {
                "id": f"line-{project.number}-{number}",
                "claim_id": transfer,
                "passage_id": passage,
                "direction": direction,
                "attribution": project.draws.weighted(ATTRIBUTIONS) if supports else "",
                "stage_told": project.stage_of[transfer] if supports else "",
                "read": "part" if project.draws.chance(0.85) else "whole",
                "statement": project.draws.wording(70),
                "date": project.date(3),
                "source_url": page,
            },
        )
