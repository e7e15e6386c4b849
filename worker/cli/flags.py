"""``vigie flags``: the alerts that are open, and what is done with one by hand."""

from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from config.environment import user_name
from config.fields import Language
from config.message import marked
from config.periods import Window
from worker.cli import terminal
from worker.cli.complaints import complain
from worker.cli.opening import Opening
from worker.model.flag import FlagState
from worker.model.response import FlagEpisode, Refusal, Response, ResponseKind, ResponseOutcome
from worker.report.plain import plain_lines
from worker.report.status import json_text
from worker.service.wiring import writable_store
from worker.store import flags as flag_rows
from worker.store.responses import respond
from worker.wording import Translator, translator_for
from worker.wording.answers import REFUSALS
from worker.wording.terms import problem_term

_STATES: Mapping[str, str] = {
    FlagState.OPEN: marked("open since {day}"),
    FlagState.RECOVERING: marked("recovering, open since {day}"),
    FlagState.ACKNOWLEDGED: marked("acknowledged, open since {day}"),
    FlagState.SNOOZED: marked("snoozed, open since {day}"),
    FlagState.RESOLVED: marked("resolved, opened on {day}"),
    FlagState.CLOSED: marked("closed, opened on {day}"),
}
_KINDS = {"ack": ResponseKind.ACKNOWLEDGE, "snooze": ResponseKind.SNOOZE, "expect": ResponseKind.EXPECT}
_DONE: Mapping[ResponseKind, str] = {
    ResponseKind.ACKNOWLEDGE: marked("acknowledged"),
    ResponseKind.SNOOZE: marked("snoozed until {until}"),
    ResponseKind.EXPECT: marked("expected until {until}"),
}


def flags(asked: Namespace) -> int:
    """List the open alerts; acknowledge or snooze one, or mark it as expected."""
    opening = Opening(asked)
    names = [folder.name for folder in opening.at.plan_folders()]
    if asked.step:
        return _step(opening)
    with opening.reading(broken_plans_too=True) as connection:
        rows = flag_rows.listed(connection, names, every=asked.all)
    if asked.json:
        print(json_text(rows))
    else:
        terminal.show([flags_screen(rows, opening.translator) if rows else opening.translator.say("no open alerts")])
    return 0


def flags_screen(rows: Iterable[Mapping[str, Any]], translator: Translator) -> terminal.Table:
    """Alerts: what is wrong, in which period, with what, and below it why and who is responsible."""
    return terminal.beside(None, ((str(row["id"]), terminal.stacked(_lines(row, translator))) for row in rows))


def _lines(row: Mapping[str, Any], translator: Translator) -> Iterator[terminal.Text]:
    words = problem_term(row["verdict"], translator)
    yield terminal.assembled(
        (row["ref"], "bold"), "  ", terminal.verdict_text(words, row["verdict"]), (_period(row, translator), "")
    )
    yield terminal.text(_sentence(row, translator.language))
    if row["inhibited_by"]:
        sources = translator.listed(row["inhibited_by"].split())
        yield terminal.text(translator.say("muted: waiting for the source {sources}", sources=sources), "yellow")
    since = translator.day(row["opened_on"] or row["opened_at"].date())
    state = translator.say(_STATES[row["state"]], day=since)
    yield terminal.text(", ".join(filter(None, (row["plan"], row["person"], state))), "dim")


def _period(row: Mapping[str, Any], translator: Translator) -> str:
    if row["period_start"] is None or row["period_end"] is None:
        return ""
    return f", {translator.period(Window(row['period_start'], row['period_end']))}"


def _sentence(row: Mapping[str, Any], language: Language) -> str:
    return str(row.get(f"sentence_{language}") or row["sentence_en"])


def _step(opening: Opening) -> int:
    """Do something with one alert."""
    asked, say = opening.asked, opening.translator.say
    kind = _KINDS[asked.step]
    by = asked.by or user_name() or say("command line")
    until = None if kind is ResponseKind.ACKNOWLEDGE else asked.until
    with writable_store(opening.at) as store, store.write() as connection:
        wanted = Response(kind, by, asked.note, until)
        outcome = respond(connection, FlagEpisode(asked.id), wanted, opening.at.now(), today=opening.at.fixed_today)
    if outcome.refusal:
        complain(_why_not(asked.id, outcome, opening.translator))
        return 2
    in_json = translator_for("en").say(_DONE[kind], until=until)
    done = f"{asked.id}{say(': ')}{say(_DONE[kind], until=until)}"
    answer = {"id": asked.id, "state": in_json, "changed": outcome.is_new}
    print(json_text(answer) if asked.json else plain_lines(done))
    return 0


def _why_not(flag_id: int, outcome: ResponseOutcome, translator: Translator) -> str:
    if outcome.refusal is Refusal.GONE:
        return translator.say("no open alert has the number {id}: 'vigie flags' lists them", id=flag_id)
    assert outcome.refusal is not None
    latest = translator.day(outcome.latest) if outcome.latest else ""
    return f"{flag_id}{translator.say(': ')}{translator.say(REFUSALS[outcome.refusal], latest=latest)}"
