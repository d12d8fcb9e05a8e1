"""Reported figures and their matches, structural links, and what is not known."""

from synthetic.project import Project
from synthetic.shape import LINK_KINDS


def figures(project: Project) -> None:
    """Figures as a source reports them."""
    for key in project.new_ids("figures", "fi"):
        value = str(1 + project.draws.below(4000))
        subject = project.folder if project.draws.chance(0.6) else project.subject()
        project.put(
            "figures",
            {
                "id": key,
                "subject_id": subject,
                "indicator": project.code("indicator"),
                "value": value,
                "number": value if project.filled("figures.number") else "",
                "unit": project.draws.pick(("plans", "practices", "measures", "firms")),
                "currency": project.when("figures.currency", lambda: "EUR"),
                "region_id": project.when("figures.region_id", project.region),
                "statement": project.draws.wording(40),
            },
        )


def matches(project: Project) -> None:
    """Whether what a figure counts was found."""
    if not project.made["figures"]:
        return
    for key in project.new_ids("matches", "ma"):
        project.put(
            "matches",
            {
                "id": key,
                "figure_id": project.draws.pick(project.made["figures"]),
                "thing_id": project.subject(),
                "verdict": project.code("match-verdict", 1.0),
                "reason": project.draws.wording(60),
            },
        )


def links(project: Project) -> None:
    """Structural links within the project."""
    ends = {
        "same-thing": ("good_practices", "measures"),
        "builds-on": ("measures", "measures"),
        "improves": ("measures", "policy_instruments"),
        "alternative-to": ("measures", "measures"),
        "addresses": ("action_plans", "policy_instruments"),
    }
    for key in project.new_ids("links", "li"):
        kind = project.draws.weighted(LINK_KINDS)
        sources, targets = (project.made[table] for table in ends[kind])
        if sources and targets:
            source, target = project.draws.pick(sources), project.draws.pick(targets)
            if source != target:
                project.link(key, source, kind, target)


def gaps(project: Project) -> None:
    """What is not known, and why."""
    for key in project.new_ids("gaps", "ga"):
        project.put(
            "gaps",
            {
                "id": key,
                "question": project.code("competency-question", 1.0),
                "subject_id": project.subject(),
                "unknown": project.draws.wording(50),
                "reason": project.draws.wording(60),
            },
        )
