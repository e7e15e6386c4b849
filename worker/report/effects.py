"""What became of the figures after somebody acted, and which kinds of alert people act on."""

from sqlalchemy import Connection

from worker.flags.effects import effect_text, effects
from worker.model.context import PlanContext
from worker.report.context import ReportContext
from worker.store import responses
from worker.wording.terms import problem_term

SHOWN = 10  # the newest


def effect_lines(connection: Connection, context: ReportContext, plan: PlanContext) -> tuple[tuple[str, str], ...]:
    """Whose figure, and a sentence, for each answer and each changed budget two weeks after it, the newest first."""
    found = effects(connection, plan, context.history, context.today)[:SHOWN]
    return tuple(effect_text(one, plan, context.translator) for one in found)


def usefulness(connection: Connection, context: ReportContext, plan: PlanContext) -> tuple[str, ...]:
    """Of each kind of alert that people answered, how many they acted on, and how many they had expected."""
    say = context.translator.say
    return tuple(
        say(
            "{alert}: {acted} of {count} answered by acting, {expected} marked as expected.",
            alert=problem_term(verdict, context.translator).capitalize(),
            acted=acted,
            count=acted + expected,
            expected=expected,
        )
        for verdict, acted, expected in responses.answers_by_verdict(connection, plan.plan_id)
    )
