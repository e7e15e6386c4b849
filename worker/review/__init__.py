"""PURE. The five questions a team asks of its plan: what it says and what was measured -> findings."""

from collections.abc import Callable
from dataclasses import replace

from worker.model.finding import Finding, FindingKind, KpisFact, Question, Review
from worker.model.plan_figures import PlanFigures
from worker.review.feasibility import feasibility
from worker.review.measurability import measurability
from worker.review.opportunities import opportunities
from worker.review.responsibility import responsibility
from worker.review.worth import worth

ANSWERS: dict[Question, Callable[[PlanFigures], list[Finding]]] = {
    Question.WORTH: worth,
    Question.OPPORTUNITIES: opportunities,
    Question.MEASURABILITY: measurability,
    Question.RESPONSIBILITY: responsibility,
    Question.FEASIBILITY: feasibility,
}


#: what rests on what the plan says, and on no figure
SAID = frozenset(
    {
        FindingKind.UNSERVED,
        FindingKind.UNMEASURABLE,
        FindingKind.UNTRACED,
        FindingKind.UNSEEN,
        FindingKind.UNDECLARED,
        FindingKind.UNPROVIDED,
        FindingKind.COST_OVER_BUDGET,
        FindingKind.BUDGETS_OVER_PLAN,
        FindingKind.PARTS_SHORT,
        FindingKind.REACH_UNKNOWN,
    }
)

#: the measures that a finding rests on without showing them
UNSEEN = {FindingKind.VISITS_SHORT: {"sessions"}, FindingKind.CONVERTS: {"sessions"}, FindingKind.CHANNEL: {"sessions"}}


def review(figures: PlanFigures) -> Review:
    """The five questions, answered; what rests on invented figures says so."""
    return {question: [_marked(figures, one) for one in answer(figures)] for question, answer in ANSWERS.items()}


def _marked(figures: PlanFigures, finding: Finding) -> Finding:
    if finding.kind in SAID:
        return finding
    named = {name for fact in finding.facts.values() if isinstance(fact, KpisFact) for name in fact.ids}
    measures = {*finding.facts, *UNSEEN.get(finding.kind, ()), *(it for kpi in named for it in figures.measures(kpi))}
    return replace(finding, is_simulated=bool(measures & figures.simulated))
