"""How far a long reading is, for whoever waits for it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

from config.periods import Window
from config.vocabulary import Unit
from worker.cli import terminal
from worker.collect.collector import CollectionOutcome, Progress
from worker.wording import Translator


@contextmanager
def bars(translator: Translator) -> Iterator[Progress]:
    """A bar for each source on a terminal; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[day]}")
    with Bars(*columns, console=terminal.console(stderr=True)) as drawn:
        tasks: dict[str, Any] = {}

        def show(outcome: CollectionOutcome, day: date) -> None:
            name, window = outcome.source, outcome.window
            if name not in tasks:
                tasks[name] = drawn.add_task(name, total=len(window), day="")
            done = max(0, (day - window.start).days + 1)  # earlier days that changed come before the window
            drawn.update(tasks[name], completed=done, day=how_far(outcome, day, translator))

        yield show


def how_far(outcome: CollectionOutcome, day: date, translator: Translator) -> str:
    """The day a source is at, and how much it has brought."""
    rows = translator.number(Decimal(outcome.rows), Unit.COUNT)
    return f"{day}, {translator.counted('1 row', '{count} rows', outcome.rows, count=rows)}"


@contextmanager
def day_bar(window: Window, translator: Translator) -> Iterator[Callable[[date], None]]:
    """A bar for the days of a replay on a terminal; nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import Progress as Bars

    with Bars(console=terminal.console(stderr=True), transient=True) as bar:
        task = bar.add_task(translator.say("replaying"), total=len(window))
        yield lambda _: bar.advance(task)
