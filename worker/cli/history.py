"""Commands that look back: what changed in the plan, why a verdict is what it is, what would have been told."""

import sys
from argparse import Namespace
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from rich.progress import Progress
from sqlalchemy import Connection

from config.loading.loaded import LoadedPlan
from config.periods import Window
from config.settings import configuration_folder
from config.vocabulary import Scope
from worker.cli import terminal
from worker.deployment import Deployment
from worker.model.records import RecordedVerdict
from worker.report.backtest import Replay, WarningOutcome, replay, window_of
from worker.report.changes import history_answer, read_history
from worker.report.explain import explained, explanation
from worker.report.plain import plain
from worker.report.status import json_text
from worker.service.wiring import deploy, readable_store
from worker.store import plans
from worker.store.context import load_context
from worker.store.flags import rows_of
from worker.store.verdict_history import earlier, recorded
from worker.wording import translator_for


def _deployment(asked: Namespace) -> Deployment:
    return deploy(configuration_folder(asked.config), plans=tuple(asked.plan or ()), today=asked.today)


def diff(asked: Namespace) -> int:
    """Say what changed in each plan, by the day it was first seen; also where its files have mistakes by now."""
    at = _deployment(asked)
    plans, problems = at.load_valid()
    for problem in problems:
        terminal.complain(str(problem))
    present = {loaded.id: loaded for loaded in plans}
    with readable_store(at) as store, store.read() as connection:
        found = {
            folder.name: read_history(connection, folder, present.get(folder.name)) for folder in at.plan_folders()
        }
    histories = [history for history in found.values() if history]
    for id in (id for id, history in found.items() if not history):
        terminal.complain(f"{id}: no version is on record yet: run 'vigie judge'")
    if asked.json:
        print(json_text({"plans": [history_answer(history, asked.since) for history in histories]}))
    else:
        for history in histories:
            terminal.show(terminal.changes_screen(history, asked.since))
    return 2 if problems else int(len(histories) < len(found))


def explain(asked: Namespace) -> int:
    """Take verdicts apart: what went in, by which rule, on which version of the plan."""
    at = _deployment(asked)
    found: list[tuple[LoadedPlan, RecordedVerdict, list[RecordedVerdict]]] = []
    with readable_store(at) as store, store.read() as connection:
        for loaded in at.load_all():
            stored = plans.stored_plan(connection, loaded.id)
            wanted = _meant(connection, loaded, stored.id, asked.id) if stored else []
            found += [(loaded, one, earlier(connection, stored.id, one.judgement)) for one in wanted if stored]
    if not found:
        terminal.complain(f"nothing on record is called '{asked.id}': name a flag of 'vigie flags --all', or an action")
        return 2
    if asked.json:
        print(json_text([explanation(*parts) for parts in found]))
    else:
        for loaded, one, before in found:
            lines = explained(loaded, one, before, translator_for(loaded.plan.language))
            terminal.show(["\n".join([*map(plain, lines), ""])])
    return 0


def _meant(connection: Connection, loaded: LoadedPlan, plan_id: int, id: str) -> list[RecordedVerdict]:
    """The verdicts that a flag's number, or the id of an action, objective or plan, stands for."""
    if id.isdecimal():
        flag = rows_of(connection, [int(id)]).get(int(id))
        if flag is None or flag.plan_id != plan_id:
            return []
        every = recorded(connection, plan_id, flag.scope, flag.ref, flag.subject)
        return [one for one in every if one.judgement.period.start == flag.period_start]
    scopes: dict[str, Collection[str]] = {
        Scope.ACTION: loaded.plan.actions,
        Scope.OBJECTIVE: loaded.plan.objectives,
        Scope.PLAN: {loaded.id},
    }
    return [one for scope, ids in scopes.items() if id in ids for one in recorded(connection, plan_id, scope, id)]


def backtest(asked: Namespace) -> int:
    """Judge past days again, and say who would have been told of what, and what of it proved wrong."""
    at = _deployment(asked)
    every = at.load_all()
    answers: list[dict[str, Any]] = []
    with readable_store(at) as store, store.read() as connection:
        for loaded in every:
            stored = plans.stored_plan(connection, loaded.id)
            if stored is None or stored.until is None:
                terminal.complain(f"{loaded.id}: nothing is computed yet: run 'vigie collect'")
                continue
            window = window_of(loaded, asked.since, at.today(loaded))
            with _progress(window) as step:
                context = load_context(connection, loaded, stored)
                found = replay(connection, context, window, at.today(loaded), step)
            answers.append(_answer(loaded, found))
            if not asked.json:
                terminal.show(["\n".join(_lines(loaded, found, every_alert=asked.verbose))])
    if asked.json:
        print(json_text({"plans": answers}))
    return 0 if len(answers) == len(every) else 1


@contextmanager
def _progress(window: Window) -> Iterator[Callable[[date], None]]:
    """A bar on a terminal; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with Progress(console=terminal.console(stderr=True), transient=True) as bar:
        task = bar.add_task("replaying", total=len(window))
        yield lambda _: bar.advance(task)


def _answer(loaded: LoadedPlan, found: Replay) -> dict[str, Any]:
    """For programs."""
    return {
        "plan": loaded.id,
        "since": found.window.start.isoformat(),
        "until": found.window.last.isoformat(),
        "mails": {person: [day.isoformat() for day in days] for person, days in sorted(found.mails.items())},
        "warnings": {
            outcome.value: found.warnings[outcome] for outcome in WarningOutcome if outcome is not WarningOutcome.FACT
        },
        "missed": found.missed,
        "warned": found.warned,
        "alerts": [
            {
                "day": one.day.isoformat(),
                "person": one.person,
                "name": one.name,
                "period": {"start": one.period.start.isoformat(), "end": one.period.end.isoformat()},
                "reason": one.reason.value,
                "verdict": one.verdict.value,
                "outcome": one.outcome.value,
                "sentence": one.sentences[loaded.plan.language],
            }
            for one in found.alerts
        ],
    }


def _lines(loaded: LoadedPlan, found: Replay, *, every_alert: bool) -> Iterator[str]:
    """For people, in the plan's language."""
    translator = translator_for(loaded.plan.language)
    yield translator.say(
        "Replay of “{plan}”, {period}: every day judged as if Vigie had been running, and nobody had reacted.",
        plan=loaded.plan.plan,
        period=translator.period(found.window),
    )
    for person, days in sorted(found.mails.items()):
        name = loaded.plan.people[person].name
        weeks = len(found.window) / 7
        yield translator.say(
            "{name}: {count} mails, {each} a week.", name=name, count=len(days), each=f"{len(days) / weeks:.1f}"
        )
    if not found.mails:
        yield translator.say("Nobody would have been written to.")
    counted = found.warnings
    judged = counted[WarningOutcome.RIGHT] + counted[WarningOutcome.WRONG]
    yield translator.say(
        "Warnings ahead of the end: {count} that can be checked, {wrong} of them wrong in the end; {open} still open.",
        count=judged,
        wrong=counted[WarningOutcome.WRONG],
        open=counted[WarningOutcome.OPEN],
    )
    yield translator.say(
        "Targets missed and budgets exceeded in the end: {missed}, of which {warned} were warned of before.",
        missed=found.missed,
        warned=found.warned,
    )
    if every_alert:
        for one in found.alerts:
            name = loaded.plan.people[one.person].name
            verdict = translator.say(f"verdict.{one.verdict}")
            outcome = translator.say(f"backtest.{one.outcome}")
            yield f"{one.day}  {name}: {one.name}, {verdict} ({outcome}). {one.sentences[loaded.plan.language]}"
    yield translator.say("The figures are those known now, not those of each day.")
