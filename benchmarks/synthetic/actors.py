"""The project itself, its organisations and who takes part in which role."""

from functools import partial

from synthetic.project import PROGRAMME, SITE, Project

_TYPES = ("agency", "municipality", "ministry", "university")


def project(project: Project) -> None:
    """The project and the publisher of its pages."""
    project.put(
        "project",
        {
            "id": project.folder,
            "kind": "project",
            "acronym": f"SYN {project.number}",
            "title": project.draws.wording(44),
            "programme_id": PROGRAMME,
            "topic": project.draws.wording(30),
            "start_date": f"{project.year}-04-01",
            "end_date": f"{project.year + 5}-03-31",
            "budget": str(800_000 + project.draws.below(1_500_000)),
            "currency": "EUR",
            "website": f"{SITE}/{project.folder}",
            "summary": project.draws.wording(120),
        },
    )
    project.write(
        "publishers",
        {
            "id": f"pub-{project.number}",
            "name": f"Synthetic data generator, project {project.number}",
            "kind": "project",
            "hosts": f"example.org/{project.folder}",
            "project_id": project.folder,
            "source_url": f"{SITE}/{project.folder}",
            "confidence": "high",
        },
    )


def regions(project: Project) -> None:
    """Towns, each within a region of the nomenclature."""
    for key in project.new_ids("regions", "town"):
        around = project.draws.pick(project.world.regions)
        project.country_of[key] = project.world.country_of[around]
        project.put(
            "regions",
            {
                "id": key,
                "name": f"Synthetic {key}",
                "country": project.country_of[key],
                "nuts_code": around.removeprefix("syn-").upper(),
                "nuts_level": str(len(around) - len("syn-xx")),
                "nuts_version": "2016",
                "nuts_match": "broad",
                "within": around,
            },
        )
        project.home.append(key)


def organisations(project: Project) -> None:
    """Organisations of the shared table, some with an alias."""
    wanted = max(3, project.draws.count(project.world.shape.rows["participants"] * project.size * 0.94))
    made = [f"org-{project.number}-{n}" for n in range(1, wanted + 1)]
    project.made["organisations"] = project.partners = made
    for number, key in enumerate(made):
        region = project.region() if project.filled("organisations.region_id") else ""
        project.region_of[key] = region
        name = f"Organisation {project.number}-{number + 1}"
        local = project.text("organisations.local_name", 25)
        project.put(
            "organisations",
            {
                "id": key,
                "name": f"{name} for {project.draws.wording(20).lower()}",
                "local_name": local,
                "local_lang": "en" if local else "",
                "acronym": project.when("organisations.acronym", partial(str, f"O{number + 1}")),
                "is_named": project.yes("organisations.is_named"),
                "country": project.country(region or project.home[0]),
                "region_id": region,
                "city": project.when("organisations.city", lambda: f"Town {project.draws.below(900)}"),
                "type": project.code("organisation-type"),
                "type_as_written": project.draws.pick(_TYPES),
                "website": project.when("organisations.website", partial(str, f"{SITE}/organisation/{key}")),
            },
        )
        if project.filled("organisations.same_as"):
            project.put(
                "organisations", {"id": f"{key}-alias", "same_as": key, "name": f"{name} (short name)"}
            )
    project.world.remember(project.world.organisations, made)


def participants(project: Project) -> None:
    """Who takes part: the lead, partners, and stakeholders beside a partner."""
    partners = max(1, len(project.partners) * 2 // 5)
    known = project.world.organisations
    for number, key in enumerate(project.new_ids("participants", "pa")):
        first = number < partners
        role = "lead" if number == 0 else "partner" if first else "stakeholder"
        organisation = project.partners[number % len(project.partners)]
        if known and project.draws.chance(0.06):
            organisation = project.draws.pick(known, project.world.shape.skew)
        region = project.region_of.get(organisation, "")
        project.put(
            "participants",
            {
                "id": key,
                "organisation_id": organisation,
                "role": role,
                "role_as_written": role,
                "beside_id": "" if first else project.draws.pick(project.partners[:partners]),
                "region_id": region if project.filled("participants.region_id") else "",
                "theme_led": project.text("participants.theme_led", 10),
                **project.money("participants.budget", "budget"),
            },
        )
