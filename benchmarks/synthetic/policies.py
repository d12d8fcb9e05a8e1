"""Problems, policy instruments, action plans, measures and policy changes."""

from synthetic.project import RECEIVER, Project

_EXTENSION = 2020
_STATUS = ("implemented", "planned", "in progress", "adopted")


def problems(project: Project) -> None:
    """Problems of firms in the pandemic."""
    for key in project.new_ids("problems", "pb"):
        project.put(
            "problems",
            {
                "id": key,
                "title": project.draws.wording(40),
                "description": project.draws.wording(80),
                "region_ids": "|".join(project.draws.some(project.home, 2)),
                "date": str(max(project.year, _EXTENSION)),
            },
        )


def policy_instruments(project: Project) -> None:
    """Programmes, strategies and laws."""
    for key in project.new_ids("policy_instruments", "pi"):
        local = project.text("policy_instruments.local_name", 50)
        project.put(
            "policy_instruments",
            {
                "id": key,
                "name": project.draws.wording(53),
                "local_name": local,
                "local_lang": "en" if local else "",
                "manager_as_written": project.text("policy_instruments.manager_as_written", 36),
                "manager_id": project.organisation("policy_instruments.manager_id"),
                "responsible_id": project.organisation("policy_instruments.responsible_id"),
                "region_id": project.region(),
                "level": project.when("policy_instruments.level", lambda: project.code("instrument-level")),
                "esif": project.yes("policy_instruments.esif"),
                "addressed": "yes",
                "objective": project.text("policy_instruments.objective", 48),
            },
        )


def action_plans(project: Project) -> None:
    """Action plans of regions."""
    for key in project.new_ids("action_plans", "ap"):
        region = project.region_of[key] = project.region(RECEIVER)
        project.put(
            "action_plans",
            {
                "id": key,
                "kind": "action-plan" if project.draws.chance(0.9) else "pilot-action",
                "title": project.draws.wording(35),
                "region_id": region,
                "responsible_id": project.organisation("action_plans.responsible_id"),
                "instrument_ids": project.ones("policy_instruments", "action_plans.instrument_ids", 1.05),
                "number_of_actions": project.when(
                    "action_plans.number_of_actions", lambda: str(1 + project.draws.below(6))
                ),
                "period": project.when(
                    "action_plans.period", lambda: f"{project.year + 3}/{project.year + 5}"
                ),
                "signed_date": project.when("action_plans.signed_date", lambda: str(project.year + 3)),
                "status_as_written": project.draws.pick(("implemented", "approved", "in preparation")),
                **project.money("action_plans.budget", "budget"),
            },
        )


def measures(project: Project) -> None:
    """Measures, some in a plan, some for an instrument."""
    for key in project.new_ids("measures", "me"):
        region = project.region_of[key] = project.region(RECEIVER)
        project.put(
            "measures",
            {
                "id": key,
                "plan_id": project.one("action_plans", "measures.plan_id", 1.3),
                "title": project.draws.wording(51),
                "description": project.draws.wording(56),
                "instrument_id": project.one("policy_instruments", "measures.instrument_id", 1.3),
                "responsible_id": project.organisation("measures.responsible_id"),
                "region_id": region if project.filled("measures.region_id") else "",
                "timeframe": project.when(
                    "measures.timeframe", lambda: f"{project.year + 3}/{project.year + 5}"
                ),
                "funding_as_written": project.text("measures.funding_as_written", 31),
                "indicators_as_written": project.text("measures.indicators_as_written", 33),
                "stage": project.stage_of.setdefault(key, project.draws.weighted(project.world.shape.stages)),
                "outcome": "open",
                "status_as_written": project.draws.pick(_STATUS),
                "problem_ids": project.one("problems", "measures.problem_ids"),
                "statement": project.text("measures.statement", 90),
                **project.money("measures.cost", "cost"),
            },
        )


def policy_changes(project: Project) -> None:
    """What changed in instruments because of measures."""
    if not project.made["measures"]:
        return
    for key in project.new_ids("policy_changes", "pc"):
        instrument = project.one("policy_instruments", "measures.instrument_id")
        project.put(
            "policy_changes",
            {
                "id": key,
                "measure_id": project.draws.pick(project.made["measures"]),
                "instrument_id": instrument,
                "type": "|".join(project.draws.some(project.world.codes["change-type"], 1.1)),
                "type_as_written": project.draws.pick(("new projects", "management", "strategic focus")),
                **project.money("policy_changes.amount", "amount"),
            },
        )
