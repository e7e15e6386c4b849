"""PURE. The five questions a team asks of its plan: what it says and what was measured -> findings."""

from collections.abc import Callable

from worker.review.feasibility import feasibility
from worker.review.finding import Finding, Question, Review
from worker.review.ground import Ground
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


def review(ground: Ground) -> Review:
    """The five questions, answered."""
    return {question: answer(ground) for question, answer in ANSWERS.items()}
