"""PURE. The five questions a team asks of its plan: what it says and what was measured -> findings."""

from collections.abc import Callable
from dataclasses import replace

from worker.model.finding import Finding, Kind, Kpis, Question, Review
from worker.model.plan_figures import Ground
from worker.review.feasibility import feasibility
from worker.review.measurability import measurability
from worker.review.opportunities import opportunities
from worker.review.responsibility import responsibility
from worker.review.worth import worth

ANSWERS: dict[Question, Callable[[Ground], list[Finding]]] = {
    Question.WORTH: worth,
    Question.OPPORTUNITIES: opportunities,
    Question.MEASURABILITY: measurability,
    Question.RESPONSIBILITY: responsibility,
    Question.FEASIBILITY: feasibility,
}


#: what rests on what the plan says, and on no figure
SAID = frozenset(
    {Kind.UNSERVED, Kind.UNMEASURABLE, Kind.UNTRACED, Kind.UNDECLARED, Kind.UNPROVIDED, Kind.COST_OVER_BUDGET,
     Kind.BUDGETS_OVER_PLAN, Kind.PARTS_SHORT, Kind.REACH_UNKNOWN}
)  # fmt: skip

#: the measures that a finding rests on without showing them
UNSEEN = {Kind.VISITS_SHORT: {"sessions"}, Kind.CONVERTS: {"sessions"}, Kind.CHANNEL: {"sessions"}}


def review(ground: Ground) -> Review:
    """The five questions, answered; what rests on invented figures says so."""
    return {question: [_marked(ground, one) for one in answer(ground)] for question, answer in ANSWERS.items()}


def _marked(ground: Ground, finding: Finding) -> Finding:
    if finding.kind in SAID:
        return finding
    named = {name for fact in finding.facts.values() if isinstance(fact, Kpis) for name in fact.ids}
    measures = {*finding.facts, *UNSEEN.get(finding.kind, ()), *(it for kpi in named for it in ground.measures(kpi))}
    return replace(finding, is_simulated=bool(measures & ground.simulated))
