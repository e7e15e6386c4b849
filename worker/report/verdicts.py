"""A verdict as the report shows it."""

from dataclasses import dataclass

from markupsafe import Markup

from worker.model.tone import tone_of
from worker.model.verdict import Judgement
from worker.report.charts import bar
from worker.report.context import ReportContext
from worker.wording.terms import verdict_term


@dataclass(frozen=True, slots=True)
class VerdictView:
    """A verdict as it is shown."""

    verdict: str
    tone: str  # of worker.model.tone
    period: str
    sentence: str
    moved: str  # the value it first had, where that is another judgement
    is_simulated: bool
    bar: Markup  # of a budget: how much of it is used


def view_of(context: ReportContext, judgement: Judgement) -> VerdictView:
    """A verdict in the report's language."""
    return VerdictView(
        verdict=verdict_term(judgement, context.translator),
        tone=tone_of(judgement.verdict),
        period="" if judgement.per == "total" else context.translator.period(judgement.period),
        sentence=context.sentence(judgement),
        moved=context.moved(judgement),
        is_simulated=judgement.is_simulated,
        bar=_bar(judgement) if judgement.is_budget else Markup(""),
    )


def _bar(budget: Judgement) -> Markup:
    """How much of a budget is spent and committed; nothing where that is not known."""
    if not budget.high or budget.figure.value is None:
        return Markup("")
    used = (budget.figure.value + budget.committed) / budget.high
    return Markup(bar(used, kind=tone_of(budget.verdict)))  # noqa: S704, built of numbers
