"""Texts that the report and the command line still ask for by a key. Each goes when its user names the text instead."""

from collections.abc import Mapping

from config.message import marked
from worker.wording.answers import REFUSALS
from worker.wording.terms import FIGURE_STATES, OUTCOMES, QUESTIONS, RULES, SOURCE_STATES, VERDICTS, WEIGHTS

KEYED: Mapping[str, str] = {
    **{f"verdict.{verdict}": text for verdict, text in VERDICTS.items()},
    **{f"report.state.{state}": text for state, text in FIGURE_STATES.items()},
    **{f"source.{state}": text for state, text in SOURCE_STATES.items()},
    **{f"explain.{reason}": text for reason, text in RULES.items()},
    **{f"backtest.{outcome}": text for outcome, text in OUTCOMES.items()},
    **{f"review.question.{question}": text for question, text in QUESTIONS.items()},
    **{f"review.weight.{weight.value}": text for weight, text in WEIGHTS.items()},
    **{f"act.{refusal}": text for refusal, text in REFUSALS.items()},
    "source.suspect_state": SOURCE_STATES["suspect"],
    "review.none": marked("Nothing found."),
    "review.more": marked("and {count} more: vigie review -v --plan {plan}"),
    "mail.more": marked("And {count} more; all of them: {command}"),
    "change.pending": marked("Not yet in force"),
    "explain.same": marked("Judged again from what is on record: {verdict}, the same."),
    "explain.other": marked(
        "Judged again from what is on record: {verdict}. That is another verdict than the one kept; please report it."
    ),
    "report.runs": marked("The plan runs from {first} to {last}."),
    "report.as_of": marked("As of {day}"),
    "report.made": marked("Made by Vigie on {moment}"),
    "report.per_month": marked("by month"),
    "report.per_week": marked("by week"),
}
