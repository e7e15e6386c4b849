"""``vigie review``: the five questions, asked of each plan."""

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from config.fields import Language
from config.loading.loaded import LoadedPlan
from worker.cli import terminal
from worker.cli.opening import Opening
from worker.model.finding import SHOWN, Finding, Review, Weight, shortlist
from worker.report.review import more_findings, review_answer, writer_for
from worker.report.status import json_text
from worker.review import review as answers
from worker.store.review_inputs import read_plan_figures
from worker.wording.review import FindingWriter, remedy, what, who
from worker.wording.terms import QUESTIONS, WEIGHTS

_COLOURS: Mapping[Weight, str] = {Weight.WRONG: "bold red", Weight.DOUBT: "yellow", Weight.NOTE: "dim"}


def review(asked: Namespace) -> int:
    """Answer the five questions for each plan, from what is stored; changes nothing."""
    opening = Opening(asked)
    at = opening.at
    reviews: list[tuple[LoadedPlan, Review]] = []
    with opening.reading() as connection:
        for context in opening.computed(connection):
            with opening.set_aside(context.loaded, connection):
                figures = read_plan_figures(connection, context, at.today(context.loaded))
                reviews.append((context.loaded, answers(figures)))
    if asked.json:
        print(json_text({"plans": list(_answers(opening, reviews))}))
    else:
        for loaded, answer in reviews:
            with opening.set_aside(loaded):
                language = opening.language(loaded.plan.language)
                terminal.show(review_screen(loaded, answer, language, every=asked.verbose))
    return opening.ended()


def _answers(opening: Opening, reviews: Sequence[tuple[LoadedPlan, Review]]) -> Iterator[dict[str, Any]]:
    for loaded, answer in reviews:
        with opening.set_aside(loaded):
            yield review_answer(loaded, answer, opening.at.today(loaded))


def review_screen(loaded: LoadedPlan, review: Review, language: Language, *, every: bool) -> Iterator[RenderableType]:
    """The answers; at most 7 for each question, unless all are wanted."""
    writer = writer_for(loaded, language)
    say = writer.translator.say
    yield terminal.text(loaded.plan.plan, "bold")
    for question, findings in review.items():
        yield Text()
        yield terminal.text(say(QUESTIONS[question]), "bold underline")
        shown = list(findings) if every else shortlist(findings, SHOWN)
        yield _screen(shown, writer) if shown else terminal.text(f"  {say('Nothing found.')}", "dim")
        if left := len(findings) - len(shown):
            yield terminal.text(f"  {more_findings(left, loaded, writer)}", "dim")
    yield Text()


def _screen(findings: Sequence[Finding], writer: FindingWriter) -> terminal.Table:
    words = {weight: writer.translator.say(text) for weight, text in WEIGHTS.items()}
    rows = (
        (terminal.text(f"  {words[finding.weight]}", _COLOURS[finding.weight]), _lines(finding, writer))
        for finding in findings
    )
    return terminal.beside(max(map(len, words.values())) + 2, rows)


def _lines(finding: Finding, writer: FindingWriter) -> RenderableType:
    simulated = f" ({writer.translator.say('simulated')})" if finding.is_simulated else ""
    head = terminal.assembled((who(finding, writer), "bold"), "  ", what(finding, writer), (simulated, "dim"))
    advice = remedy(finding, writer)
    return Group(head, terminal.text(f"→ {advice}", "cyan")) if advice else head
