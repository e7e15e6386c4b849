"""Commands on the configuration: writing one to start from, checking it, trying its sources."""

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

from config.errors import Level, Problem, SourceError, SourceUnavailable, shortened
from config.loading.duplicates import ReadSource, read_twice
from config.loading.lint import advice
from config.loading.loaded import LoadedPlan
from config.loading.suggested_days import suggested_days
from config.message import Message, counted, marked, message
from config.sources import Every
from config.vocabulary import SourceKind
from config.web_settings import EXPOSED
from connectors.base import SourceInfo
from connectors.registry import connector_class
from worker.cli import terminal
from worker.cli.complaints import problem_line, said
from worker.cli.figure_warnings import figure_warnings
from worker.cli.language import language_of
from worker.cli.opening import Opening
from worker.cli.starter import write_starter
from worker.deployment import Deployment, facts_of, rereads
from worker.notify.channels import NEEDS_APPRISE
from worker.report.plain import plain_lines
from worker.report.status import json_text
from worker.wording import Translator, translator_for

#: what was learnt of a source, by the name it has in ``--json``
_FACTS: Mapping[str, str] = {
    "connector": marked("connector"),
    "every": marked("read"),
    "account": marked("account"),
    "zone": marked("time zone"),
    "currency": marked("currency"),
    "days": marked("days"),
    "measures": marked("measures"),
    "remarks": marked("remarks"),
    "problem": marked("problem"),
}


def init(asked: Namespace) -> int:
    """Write a commented starter configuration."""
    language = language_of(asked)
    written = write_starter(Path(asked.directory), language)
    say = translator_for(language).say
    following = say("Next: {command}", command=f"vigie check --config {asked.directory}")
    lines = [say("Written:"), *(f"  {path}" for path in written), f"  {following}"]
    print(json_text({"written": written}) if asked.json else plain_lines("\n".join(lines)))
    return 0


# --- check ---------------------------------------------------------------------------------------------------------


def check(asked: Namespace) -> int:
    """List every problem of every file, those that file sources read included; warn of what would be clearer."""
    opening = Opening(asked)
    at = opening.at
    plans, problems = at.load_valid()
    found, figures, checked = list[Problem](), list[Problem](), list[LoadedPlan]()
    for loaded in plans:
        with opening.set_aside(loaded):
            found += (it.in_folder(at.folder) for it in _looked_at(at, loaded))
            figures += (it.in_folder(at.folder) for it in figure_warnings(at, loaded))
            checked.append(loaded)
    problems += shortened(it for it in found if it.level == "error")
    warnings = shortened(chain((it for it in found if it.level == "warning"), figures)) + list(_transport_warnings(at))
    every = [*problems, *warnings, *shortened(it for it in found if it.level == "note")]
    data = [{"file": p.file, "line": p.line, "level": p.level, "message": str(p.message)} for p in every]
    lines = [problem_line(problem, opening.translator) for problem in every]
    faulty = {problem.file for problem in problems}
    in_order = sum(loaded.documents[1].file not in faulty for loaded in checked)
    summary = _summary(in_order, _count(problems), _count(warnings), opening.translator)
    opening.answer(data, "\n".join([*lines, summary]))
    return opening.ended(2 if problems else 0)


def _count(problems: Sequence[Problem]) -> int:
    return sum(problem.count for problem in problems)


def _summary(plans: int, problems: int, warnings: int, translator: Translator) -> str:
    return ", ".join(
        [
            translator.counted("1 plan in order", "{count} plans in order", plans),
            translator.counted("1 problem", "{count} problems", problems),
            translator.counted("1 warning", "{count} warnings", warnings),
        ]
    )


def _transport_warnings(at: Deployment) -> Iterator[Problem]:
    if not at.settings.mail.is_set:
        text = message("no mail transport configured: set mail.host or mail.folder")
        yield Problem("vigie.yaml", 0, text, "warning")
    if at.settings.channels and find_spec("apprise") is None:
        yield Problem("vigie.yaml", 0, NEEDS_APPRISE, "warning")
    if at.settings.web.is_exposed:
        yield Problem("vigie.yaml", 0, EXPOSED, "warning")


def _looked_at(at: Deployment, loaded: LoadedPlan) -> Iterator[Problem]:
    """What is to be said of a plan that holds together: of the files its sources read, and of itself."""
    plan_file, sources_file = loaded.documents
    facts = facts_of(loaded)
    provided: dict[str, frozenset[str] | None] = {id: fact.provides or None for id, fact in facts.items()}
    for id, entry in loaded.sources.items():
        if not rereads(entry):
            continue  # only files: looking at them asks nobody
        line = sources_file.line((id,))
        try:
            info = at.connector(loaded, id).check()
        except SourceError as error:
            level: Level = "warning" if isinstance(error, SourceUnavailable) else "error"
            yield Problem(sources_file.file, line, error.message, level)
        else:
            provided[id] = info.measures
            yield from (Problem(sources_file.file, line, remark, "warning") for remark in info.remarks)
    read = {id: ReadSource(entry, facts[id].kind, provided[id]) for id, entry in loaded.sources.items()}
    for place, text in read_twice(read, loaded.folder):
        yield Problem(sources_file.file, sources_file.line(place), text, "warning")
    for place, text in advice(loaded.plan, loaded.declared, provided):
        yield Problem(plan_file.file, plan_file.line(place), text, "warning")
    for place, text in suggested_days(loaded.plan):
        yield Problem(plan_file.file, plan_file.line(place), text, "note")


# --- sources -------------------------------------------------------------------------------------------------------


def sources(asked: Namespace) -> int:
    """List the sources, or prove that each can be read."""
    opening = Opening(asked)
    rows: list[dict[str, Any]] = []
    for loaded in opening.plans:
        with opening.set_aside(loaded):
            rows += _source_rows(opening.at, loaded, test=asked.test)
    if asked.json:
        print(json_text([{name: _in_json(value) for name, value in row.items()} for row in rows]))
    elif asked.test:
        print("\n\n".join(_source_lines(row, opening.translator) for row in rows))
    else:
        terminal.show([_sources_table(rows, opening.translator)])
    return opening.ended(1 if any(row.get("problem") for row in rows) else 0)


def _source_rows(at: Deployment, loaded: LoadedPlan, *, test: bool) -> Iterator[dict[str, Any]]:
    for id, entry in loaded.sources.items():
        row = {"plan": loaded.id, "source": id, "connector": entry.connector, "every": entry.every}
        yield {**row, **_tested(at, loaded, id)} if test else row


def _tested(at: Deployment, loaded: LoadedPlan, source: str) -> dict[str, Any]:
    facts: dict[str, Any] = dict.fromkeys(("account", "zone", "currency", "days", "measures"), "")
    facts |= {"remarks": [], "problem": ""}
    try:
        info = at.connector(loaded, source).check()
    except SourceError as error:
        return {**facts, "problem": error.message}
    facts |= {"account": info.account, "zone": info.zone or "", "currency": info.currency or ""}
    facts["days"] = message("from {day} on", day=info.since) if info.since else ""
    if info.days:
        facts["days"] = terminal.days_text(info.days)
    facts["measures"] = " ".join(sorted(info.measures or ()))
    return {**facts, "remarks": _remarks(loaded, source, info)}


def _remarks(loaded: LoadedPlan, source: str, info: SourceInfo) -> list[str | Message]:
    """What the source says, and a word where its days are not the plan's."""
    zones = {"zone": info.zone, "own": loaded.plan.timezone}
    if not info.zone or info.zone == loaded.plan.timezone:
        return [*info.remarks]
    if connector_class(loaded.sources[source].connector).kind is SourceKind.SHOP:
        text = message("the shop is set to {zone}: its own reports use that time zone, Vigie uses {own}", **zones)
    else:
        text = message("its days are in time zone {zone}, the plan’s in {own}", **zones)
    return [*info.remarks, text]


def _in_json(value: object) -> object:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _source_lines(row: Mapping[str, Any], translator: Translator) -> str:
    """What was learnt of a source, one thing a line."""
    verdict = translator.say("can’t be read" if row["problem"] else "can be read")
    names = {name: translator.say(text) for name, text in _FACTS.items() if row[name]}
    width = max(map(len, names.values()))
    facts = [f"  {label:<{width}} {_shown(row[name], translator)}" for name, label in names.items()]
    return plain_lines("\n".join([f"{row['plan']}/{row['source']}{translator.say(': ')}{verdict}", *facts]))


def _sources_table(rows: Sequence[Mapping[str, Any]], translator: Translator) -> terminal.Table:
    say = translator.say
    headings = [say("Plan"), say("Source"), say("Connector"), say("Read")]
    return terminal.table(headings, [[_shown(value, translator) for value in row.values()] for row in rows])


def _shown(value: object, translator: Translator) -> str:
    if isinstance(value, list):
        return "; ".join(said(remark, translator) for remark in value)
    return said(_schedule(value) if isinstance(value, Every) else value, translator)


def _schedule(every: Every) -> Message:
    """How often a source is read, for people."""
    if not every.minutes:
        return message("daily at {time}", time=str(every).removeprefix("day at "))
    hours, minutes = divmod(every.minutes, 60)
    if minutes:
        return counted("every minute", "every {count} minutes", every.minutes)
    return counted("every hour", "every {count} hours", hours)
