"""Other ways to ask about transfer paths: wider when nothing was found, further when it was cut."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policytrace.graph.paths.answer import Answer
from policytrace.graph.paths.choices import Question, declared_limits
from policytrace.graph.vocabulary.scales import LAYERS
from policytrace.graph.vocabulary.translation import N_, gettext
from policytrace.server.paths.form import BOTH, Given, address

FILTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "min_strength": (N_("without the minimum strength"), ("min_strength",)),
    "stages": (N_("however far transfers got"), ("stage",)),
    "statuses": (N_("whatever the status of the claims"), ("status",)),
    "kinds": (N_("with hops of every kind"), ("kind",)),
    "projects": (N_("over all projects"), ("project",)),
    "regions": (N_("over all regions"), ("region",)),
    "period": (N_("at any time"), ("since", "until")),
    "time": (N_("in any order of dates"), ("time",)),
}
"""How a question is asked again without a filter that excluded every path, and the options that go."""
RAISED: dict[str, str] = {
    "max_hops": N_("paths of up to {} hops"),
    "max_paths": N_("up to {:,} paths"),
    "max_ms": N_("search for up to {:,} ms"),
    "max_edges": N_("look at up to {:,} hops"),
}
"""How a question is asked again with a limit raised."""
_ENDS = ("question", "from", "to", "expand")


@dataclass(frozen=True)
class FollowUp:
    """A link that asks in another way."""

    text: str
    href: str


def follow_up_questions(answer: Answer, options: Given) -> tuple[FollowUp, ...]:
    """Other ways to ask: first those that are known to find something."""
    why = answer.no_path
    if why is None:
        return tuple(_raised(answer, options))
    return tuple(
        dict.fromkeys((*_wider(why, options), *_turned(answer, options, known=bool(why["reversed"]))))
    )


def _wider(why: Mapping[str, Any], options: Given) -> Iterable[FollowUp]:
    ends = {name: texts for name, texts in options.items() if name in _ENDS}
    if why["code"] == "beyond-hop-limit":
        most = str(declared_limits()["max_hops"]["most"])
        yield FollowUp(
            gettext("with up to {most} hops").format(most=most), address(options, {"max_hops": [most]})
        )
    elif why["code"] == "not-settled":
        longer = {name: [str(declared_limits()[name]["most"])] for name in ("max_ms", "max_edges")}
        yield FollowUp(gettext("search longer"), address(options, longer))
    elif why["code"] == "only-considered":
        yield FollowUp(
            gettext("also over hops that were only considered"), address(ends, {"layer": LAYERS[:2]})
        )
    elif why["code"] == "only-opportunity":
        yield FollowUp(
            gettext("also over considered hops and mere opportunities"), address(ends, {"layer": LAYERS})
        )
    elif len(why["filters"]) > 1 and "together" in why["sentence"]:
        yield FollowUp(gettext("without any of these conditions"), address(ends))
    else:
        for name in why["filters"]:
            text, gone = FILTERS[name]
            yield FollowUp(gettext(text), address(options, dict.fromkeys(gone, ())))


def _turned(answer: Answer, options: Given, *, known: bool) -> Iterable[FollowUp]:
    question = Question(answer.question["question"])
    starts, ends = list(options.get("from", ())), list(options.get("to", ()))
    if question in BOTH:
        turned = address(options, {"from": ends, "to": starts})
        yield FollowUp(
            gettext("the other way round") if known else gettext("try the other way round"), turned
        )
        yield FollowUp(
            gettext("where the beginning went"), address({"question": ["forward"], "from": starts})
        )
        yield FollowUp(gettext("where the end came from"), address({"question": ["backward"], "to": ends}))
    elif question is Question.FORWARD:
        yield FollowUp(
            gettext("where it came from instead"), address({"question": ["backward"], "to": starts})
        )
    else:
        yield FollowUp(gettext("where it went instead"), address({"question": ["forward"], "from": ends}))


def _raised(answer: Answer, options: Given) -> Iterable[FollowUp]:
    """A limit that bound, raised ten times or to the most allowed."""
    for limit in answer.bound:
        now, most = answer.limits[limit], declared_limits()[limit]["most"]
        if now < most:
            more = min(now * (2 if limit == "max_hops" else 10), most)
            yield FollowUp(gettext(RAISED[limit]).format(more), address(options, {limit: [str(more)]}))
