"""Commands that look back: what changed in the plan, why a verdict is what it is, what would have been told."""

from argparse import Namespace
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from rich.console import RenderableType
from rich.text import Text
from sqlalchemy import Connection

from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.message import message
from config.vocabulary import Scope
from worker.cli import terminal
from worker.cli.complaints import complain
from worker.cli.opening import Opening
from worker.cli.progress import day_bar
from worker.flags.plan_history import History, read_history
from worker.model.records import RecordedVerdict
from worker.report.backtest import replay, window_of
from worker.report.backtest_answer import replay_answer, replay_lines
from worker.report.changes import history_answer, told_by_day
from worker.report.explain import explained, explanation
from worker.report.status import json_text
from worker.store import plans
from worker.store.flags import rows_of
from worker.store.verdict_history import earlier, recorded
from worker.wording import translator_for


def diff(asked: Namespace) -> int:
    """Say what changed in each plan, by the day it was first seen; also where its files have mistakes by now."""
    opening = Opening(asked)
    at, translator = opening.at, opening.translator
    loaded_plans, problems = at.load_valid()
    opening.say_problems(problems)
    present = {loaded.id: loaded for loaded in loaded_plans}
    with opening.reading(broken_plans_too=True) as connection:
        known = {
            folder.name: read_history(connection, folder, present.get(folder.name)) for folder in at.plan_folders()
        }
    histories = [history for history in known.values() if history]
    unknown = translator.say("no version is on record yet: run 'vigie judge'")
    for id in (id for id, history in known.items() if not history):
        complain(f"{id}{translator.say(': ')}{unknown}")
    if asked.json:
        print(json_text({"plans": [history_answer(history, asked.since) for history in histories]}))
    else:
        for history in histories:
            terminal.show(changes_screen(history, asked.since, opening.language(history.language)))
    return opening.ended(int(len(histories) < len(known)))


def changes_screen(history: History, since: date | None, language: Language) -> Iterator[RenderableType]:
    """What changed in a plan, day by day, the newest last."""
    translator = translator_for(language)
    start = translator.day(history.start(since))
    told = told_by_day(history, since, translator)
    yield terminal.heading(history.name, translator.say("changes since {day}", day=start) if told else "")
    if not told:
        yield terminal.text(f"  {translator.say('Nothing in the plan has changed since {day}.', day=start)}")
    for day, sentences in told:
        yield Text()
        yield (
            terminal.text(translator.day(day), "bold")
            if day
            else terminal.heading(
                translator.say("Not yet in force"), translator.say("applies from the next 'vigie run' or 'vigie judge'")
            )
        )
        yield terminal.beside(0, (("", terminal.text(sentence)) for sentence in sentences))
    yield Text()


def explain(asked: Namespace) -> int:
    """Take verdicts apart: what went in, by which rule, on which version of the plan."""
    opening = Opening(asked)
    verdicts: list[tuple[LoadedPlan, RecordedVerdict, list[RecordedVerdict]]] = []
    with opening.reading() as connection:
        for loaded in opening.plans:
            with opening.set_aside(loaded, connection):
                stored = plans.stored_plan(connection, loaded.id)
                wanted = _meant(connection, loaded, stored.id, asked.id) if stored else []
                verdicts += [(loaded, it, earlier(connection, stored.id, it.judgement)) for it in wanted if stored]
    if not verdicts:
        unknown = message(
            "nothing on record is called '{id}': give the number of an alert ('vigie flags --all' lists them), or the "
            "id of an action, objective or plan",
            id=asked.id,
        )
        complain(opening.translator.say(unknown))
        return 2
    if asked.json:
        print(json_text([explanation(*parts) for parts in verdicts]))
    else:
        for loaded, verdict, before in verdicts:
            with opening.set_aside(loaded):
                translator = translator_for(opening.language(loaded.plan.language))
                terminal.show([*explained(loaded, verdict, before, translator), ""])
    return opening.ended()


def _meant(connection: Connection, loaded: LoadedPlan, plan_id: int, id: str) -> list[RecordedVerdict]:
    """The verdicts that an alert's number, or the id of an action, objective or plan, stands for."""
    if id.isdecimal():
        flag = rows_of(connection, [int(id)]).get(int(id))
        if flag is None or flag.plan_id != plan_id:
            return []
        every = recorded(connection, plan_id, flag.scope, flag.ref, flag.subject)
        return [verdict for verdict in every if verdict.judgement.period.start == flag.period_start]
    scopes: dict[str, Collection[str]] = {
        Scope.ACTION: loaded.plan.actions,
        Scope.OBJECTIVE: loaded.plan.objectives,
        Scope.PLAN: {loaded.id},
    }
    return [it for scope, ids in scopes.items() if id in ids for it in recorded(connection, plan_id, scope, id)]


def backtest(asked: Namespace) -> int:
    """Judge past days again, and say who would have been told of what, and what of it proved wrong."""
    opening = Opening(asked)
    answers: list[dict[str, Any]] = []
    with opening.reading() as connection:
        for context in opening.computed(connection):
            loaded, today = context.loaded, opening.at.today(context.loaded)
            with opening.set_aside(loaded, connection):
                window = window_of(loaded, asked.since, today)
                translator = translator_for(opening.language(loaded.plan.language))
                with day_bar(window, translator) as step:
                    replayed = replay(connection, context, window, today, step)
                answers.append(replay_answer(loaded, replayed))
                if not asked.json:
                    terminal.show(replay_lines(loaded, replayed, translator, every_alert=asked.verbose))
    if asked.json:
        print(json_text({"plans": answers}))
    return opening.ended()
