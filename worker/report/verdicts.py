"""A verdict as the report shows it."""

from dataclasses import dataclass

from markupsafe import Markup

from worker.model.verdict import Judgement, Verdict
from worker.report.charts import bar
from worker.report.context import ReportContext

#: verdict -> how the page colours it
TONES = {
    Verdict.MET: "good",
    Verdict.WITHIN: "good",
    Verdict.ON_TRACK: "good",
    Verdict.MISSED: "bad",
    Verdict.OVER: "bad",
    Verdict.AT_RISK: "warn",
    Verdict.OVERSPENDING: "warn",
    Verdict.UNDERSPENDING: "warn",
    Verdict.NO_SPEND: "warn",
}


@dataclass(frozen=True, slots=True)
class VerdictView:
    """A verdict as it is shown."""

    verdict: str
    tone: str
    period: str
    sentence: str
    moved: str  # the value it first had, where that is another one
    is_simulated: bool
    bar: Markup  # of a budget: how much of it is used


def view_of(context: ReportContext, one: Judgement) -> VerdictView:
    """A verdict in the report's language."""
    return VerdictView(
        verdict=context.translator.say(f"verdict.{one.verdict}"),
        tone=tone(one.verdict),
        period="" if one.per == "total" else context.translator.period(one.period),
        sentence=context.sentence(one),
        moved=context.moved(one),
        is_simulated=one.is_simulated,
        bar=_bar(one) if one.is_budget else Markup(""),
    )


def tone(verdict: Verdict) -> str:
    """How it is coloured."""
    return TONES.get(verdict, "calm")


def _bar(budget: Judgement) -> Markup:
    """How much of a budget is spent and committed; nothing where that is not known."""
    if not budget.high or budget.figure.value is None:
        return Markup("")
    used = (budget.figure.value + budget.committed) / budget.high
    return Markup(bar(used, kind=tone(budget.verdict)))  # noqa: S704, built of numbers
