"""``vigie status``: how each plan stands."""

from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.periods import Window
from config.plan import Per, Plan
from worker.cli import terminal
from worker.cli.opening import Opening
from worker.judge.assess import assess
from worker.model.records import SourceState
from worker.model.tone import Tone, tone_of
from worker.model.verdict import Verdict, VerdictReason
from worker.report.status import json_text, plan_status
from worker.wording import Translator, translator_for
from worker.wording.terms import SOURCE_STATES, counted_term, kind_of, term_of

Line = Mapping[str, Any]

_WORST_FIRST = (Tone.BAD, Tone.WARNING, Tone.UNKNOWN, Tone.GOOD)


def status(asked: Namespace) -> int:
    """Say how things stand: judged from what is stored, as of today; changes nothing."""
    opening = Opening(asked)
    at = opening.at
    shown: list[tuple[LoadedPlan, dict[str, Any]]] = []
    with opening.reading() as connection:
        for context in opening.computed(connection):
            with opening.set_aside(context.loaded, connection):
                today = at.today(context.loaded)
                judgements = assess(connection, context, today)
                shown.append((context.loaded, plan_status(connection, context, judgements, today)))
    if asked.json:
        today = at.today(opening.plans[-1])
        print(json_text({"today": today.isoformat(), "plans": [answer for _, answer in shown]}))
    else:
        for loaded, answer in shown:
            with opening.set_aside(loaded):
                language = opening.language(loaded.plan.language)
                terminal.show(status_screen(answer, loaded.plan, at.today(loaded), language))
    return opening.ended()


def status_screen(status: Line, plan: Plan, today: date, language: Language) -> Iterator[RenderableType]:
    """How a plan stands: for each objective and action who is responsible and what there is to say."""
    translator = translator_for(language)
    width = max((len(_verdict(line, translator)) for line in _all_lines(status)), default=0)
    as_of = translator.say("Status on {day}", day=translator.day(today))
    for name, aside, lines in (
        (status["name"], as_of, _budgets(status)),
        *((name, _person(plan, id, translator), lines) for name, id, lines in _owners(status, plan)),
    ):
        yield terminal.heading(name, aside)
        yield _grid(lines, width, translator)
        yield Text()
    yield _tally(status, translator)
    yield Text()
    yield _sources(status, translator)
    yield Text()


def _person(plan: Plan, id: str | None, translator: Translator) -> str:
    return plan.people[id].name if id else translator.say("nobody")


def _owners(status: Line, plan: Plan) -> Iterator[tuple[str, str | None, list[Line]]]:
    """Shared budgets, objectives, then actions, each with who is responsible and what is said of it."""
    for shared in status["budgets"]:
        yield shared["name"], shared["responsible"], _periods(shared)
    for objective in status["objectives"]:
        yield objective["name"], plan.objectives[objective["objective"]].responsible, _lines(objective)
    for action in status["actions"]:
        yield action["name"], action["responsible"], _lines(action)


def _lines(owner: Line) -> list[Line]:
    return [*owner["targets"], *_budgets(owner)]


def _budgets(owner: Line) -> list[Line]:
    """The budget of the last period over, where there is one, and of the running one."""
    budget = owner.get("budget")
    return _periods(budget) if budget else []


def _periods(budget: Line) -> list[Line]:
    return [period for period in (budget.get("previous"), budget) if period]


def _all_lines(status: Line) -> list[Line]:
    shared = [line for budget in status["budgets"] for line in _periods(budget)]
    owners = [line for owner in (*status["objectives"], *status["actions"]) for line in _lines(owner)]
    return [*_budgets(status), *shared, *owners]


def _verdict(line: Line, translator: Translator) -> str:
    return term_of(Verdict(line["verdict"]), VerdictReason(line["reason"]), translator)


def _grid(lines: Sequence[Line], width: int, translator: Translator) -> terminal.Table:
    """Verdicts one below the other, each with its sentence."""
    return terminal.beside(
        width + 2,
        (
            (
                terminal.assembled("  ", terminal.verdict_text(_verdict(line, translator), line["verdict"])),
                _sentence(line, translator),
            )
            for line in lines
        ),
    )


def _sentence(line: Line, translator: Translator) -> Text:
    period = Window(*(date.fromisoformat(line["period"][end]) for end in ("start", "end")))
    when = "" if line["per"] == Per.TOTAL else f"{translator.period(period)}{translator.say(': ')}"
    simulated = f" ({translator.say('simulated')})" if line.get("simulated") else ""
    return terminal.assembled((when, "dim"), line["sentences"][translator.language], (simulated, "dim"))


def _tally(status: Line, translator: Translator) -> Text:
    """How many verdicts there are of each sort, the bad ones first."""
    counts = Counter(kind_of(Verdict(line["verdict"]), VerdictReason(line["reason"])) for line in _all_lines(status))
    ranked = sorted(counts, key=lambda kind: (_WORST_FIRST.index(tone_of(kind[0])), kind[0], kind[1] or ""))
    parts: list[object] = []
    for kind in ranked:
        parts += [" · ", terminal.verdict_text(counted_term(kind, counts[kind], translator), kind[0])]
    return terminal.assembled(*parts[1:])


def _sources(status: Line, translator: Translator) -> terminal.Table:
    rows = [
        (
            source["source"],
            source["connector"],
            source["settled_until"] or "–",
            terminal.state_text(translator.say(SOURCE_STATES[source["state"]]), SourceState(source["state"])),
            source["problem"],
        )
        for source in status["sources"]
    ]
    headings = translator.say("Source"), "", translator.say("Final until"), translator.say("State"), ""
    return terminal.table(headings, rows)
