"""What people read on a terminal: verdicts, problems, sources. Plain text where there is no terminal."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from config.periods import Window
from config.plan import Per, Plan
from worker.report.changes import History, told_by_day
from worker.report.plain import plain
from worker.report.status import state_word
from worker.wording import Translator, translator_for

WIDE = 400  # columns where there is no terminal: no line is broken

_COLOURS = {
    "met": "green", "within": "green", "on_track": "green", "ok": "green",
    "missed": "bold red", "over": "bold red", "at_risk": "yellow", "overspending": "yellow",
    "underspending": "yellow", "no_spend": "yellow", "no_data": "magenta",
    "refused": "bold red", "misread": "bold red", "unavailable": "yellow", "suspect": "yellow", "empty": "yellow",
}  # fmt: skip


def complain(text: str) -> None:
    """Say on standard error what is wrong."""
    print(f"vigie: {plain(text)}", file=sys.stderr)


def console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal; wide enough for everything where there is none."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(
        stderr=stderr,
        highlight=False,
        width=None if stream.isatty() else WIDE,
        soft_wrap=not stream.isatty(),
    )


def show(parts: Iterable[RenderableType]) -> None:
    """Print one thing below the other."""
    screen = console()
    for part in parts:
        screen.print(part)


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table of plain text; a cell may bring its own colour."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*(_cell(value) for value in row))
    return made


def _cell(value: object) -> Text:
    return value if isinstance(value, Text) else Text(plain("" if value is None else value))


def source_lines(row: Mapping[str, Any]) -> str:
    """What was found out about a source, one thing a line."""
    head = f"{row['plan']}/{row['source']}: {'cannot be read' if row['problem'] else 'can be read'}"
    facts = [name for name in row if name not in ("plan", "source") and row[name]]
    return "\n".join([head, *(f"  {name:<9} {plain(row[name])}" for name in facts)])


def flags_screen(rows: Iterable[Mapping[str, Any]]) -> Table:
    """The standing problems: what each is about and who answers for it, and below it why."""
    made = Table.grid(padding=(0, 2))
    for row in rows:
        since = row["opened_on"] or row["opened_at"]
        aside = f"  {row['plan']}, {row['person']}, {row['state']} since {since:%Y-%m-%d}"
        waits = translator_for("en").say(
            "muted: waiting for the source {sources}", sources=row["inhibited_by"].replace(" ", ", ")
        )
        muted = [("\n", ""), (plain(waits), "yellow")] if row["inhibited_by"] else []
        said = plain(row["sentence_en"])
        about = Text.assemble((plain(row["ref"]), "bold"), (plain(aside), "dim"), "\n", said, *muted)
        made.add_row(str(row["id"]), about)
    return made


def changes_screen(history: History, since: date | None) -> Iterator[RenderableType]:
    """What changed in a plan, in its language, day by day, the newest last."""
    translator = translator_for(history.language)
    start = translator.day(history.start(since))
    told = told_by_day(history, since, translator)
    yield _heading(history.name, translator.say("what changed since {day}", day=start) if told else "")
    if not told:
        yield Text(f"  {translator.say('Nothing in the plan has changed since {day}.', day=start)}")
    for day, sentences in told:
        yield Text()
        pending = _heading(
            translator.say("Not yet in force"),
            translator.say("in the files; the next “vigie run” or “vigie judge” takes it up"),
        )
        yield Text(translator.day(day), "bold") if day else pending
        yield _indented(sentences)
    yield Text()


def _indented(sentences: Iterable[str]) -> Table:
    """Sentences one below the other; long ones are broken under themselves."""
    made = Table.grid(padding=(0, 2))
    made.add_column(width=0)
    made.add_column(overflow="fold")
    for sentence in sentences:
        made.add_row("", plain(sentence))
    return made


def status_screen(status: dict[str, Any], plan: Plan, today: date) -> Iterator[RenderableType]:
    """How a plan stands, in its language: for each objective and action who answers for it and what is to be said."""
    translator = translator_for(plan.language)
    people = {id: person.name for id, person in plan.people.items()}
    width = max(len(_verdict(said, translator)) for said in _all_said(status)) if any(_all_said(status)) else 0
    yield _heading(status["name"], translator.say("As of {day}", day=translator.day(today)))
    yield _grid(_budgets(status), width, translator)
    for shared in status["budgets"]:
        who = people[shared["responsible"]] if shared["responsible"] else translator.say("nobody")
        yield Text()
        yield _heading(shared["name"], who)
        yield _grid(_periods(shared), width, translator)
    for owner, responsible in _owners(status, plan):
        who = people[responsible] if responsible else translator.say("nobody")
        yield Text()
        yield _heading(owner["name"], who)
        yield _grid([*owner["targets"], *_budgets(owner)], width, translator)
    yield Text()
    yield _tally(status, translator)
    yield Text()
    yield _sources(status, translator)
    yield Text()


def _heading(name: str, aside: str) -> Text:
    return Text.assemble((plain(name), "bold"), (f"  {plain(aside)}", "dim"))


def _owners(status: dict[str, Any], plan: Plan) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Objectives, then actions, each with who answers for it."""
    for one in status["objectives"]:
        yield one, plan.objectives[one["objective"]].responsible
    for one in status["actions"]:
        yield one, one["responsible"]


def _budgets(owner: dict[str, Any]) -> list[dict[str, Any]]:
    """The budget of the last period over, where there is one, and of the running one."""
    budget = owner.get("budget")
    return _periods(budget) if budget else []


def _periods(budget: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in (budget.get("previous"), budget) if one]


def _all_said(status: dict[str, Any]) -> list[dict[str, Any]]:
    owners = [*status["objectives"], *status["actions"]]
    shared = (said for one in status["budgets"] for said in _periods(one))
    return [*_budgets(status), *shared, *(said for owner in owners for said in (*owner["targets"], *_budgets(owner)))]


def _verdict(said: dict[str, Any], translator: Translator) -> str:
    return translator.say(f"verdict.{said['verdict']}")


def _grid(list: Sequence[dict[str, Any]], width: int, translator: Translator) -> Table:
    """Verdicts one below the other, each with its sentence; long ones are broken under themselves."""
    made = Table.grid(padding=(0, 2))
    made.add_column(width=width + 2)
    made.add_column(overflow="fold")
    for said in list:
        verdict = _coloured(_verdict(said, translator), said["verdict"])
        made.add_row(Text.assemble("  ", verdict), _sentence(said, translator))
    return made


def _sentence(said: dict[str, Any], translator: Translator) -> Text:
    period = Window(*(date.fromisoformat(said["period"][end]) for end in ("start", "end")))
    when = "" if said["per"] == Per.TOTAL else f"{translator.period(period)}{translator.say(': ')}"
    simulated = f" ({translator.say('simulated')})" if said.get("simulated") else ""
    return Text.assemble((when, "dim"), plain(said["sentence"]), (simulated, "dim"))


def _tally(status: dict[str, Any], translator: Translator) -> Text:
    """How many verdicts there are of each sort, the bad ones first."""
    counts = Counter(said["verdict"] for said in _all_said(status))
    ranked = sorted(counts, key=lambda verdict: (_COLOURS.get(verdict, "").removeprefix("bold ") != "red", verdict))
    return Text(" · ").join(
        _coloured(f"{counts[verdict]} {translator.say(f'verdict.{verdict}')}", verdict) for verdict in ranked
    )


def _sources(status: dict[str, Any], translator: Translator) -> Table:
    rows = [
        (
            one["source"],
            one["connector"],
            one["settled_until"] or "–",
            _coloured(state_word(one["state"], translator), one["state"]),
            one["problem"],
        )
        for one in status["sources"]
    ]
    return table(
        (translator.say("Source"), "", translator.say("Settled up to"), translator.say("State"), ""),
        rows,
    )


def _coloured(text: str, verdict: str) -> Text:
    return Text(text, _COLOURS.get(verdict, ""))
