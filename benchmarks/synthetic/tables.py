"""All tables of one project, in the order in which their rows refer to each other."""

from synthetic import accounts, actors, learning, policies
from synthetic.project import Project, World, Write

_TABLES = (
    actors.project,
    actors.regions,
    actors.organisations,
    actors.participants,
    policies.problems,
    policies.policy_instruments,
    learning.good_practices,
    learning.events,
    learning.outputs,
    learning.proposals,
    policies.action_plans,
    policies.measures,
    policies.policy_changes,
    learning.transfers,
    learning.evidence,
    accounts.figures,
    accounts.matches,
    accounts.links,
    accounts.gaps,
)


def write_project(world: World, folder: str, year: int, size: float, write: Write) -> None:
    """Write the rows of a project that starts in ``year`` and is ``size`` times as large as the mean."""
    project = Project(world, folder, year, size, write)
    for table in _TABLES:
        table(project)
    world.remember(world.practices, project.made["good_practices"])
    world.remember(world.measures, project.made["measures"])
    world.regions_of.update(
        (key, project.region_of[key]) for key in project.made["good_practices"] if key in project.region_of
    )
