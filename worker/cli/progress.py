"""How far a long reading is, for whoever waits for it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from worker.cli import terminal
from worker.collect.collector import CollectionOutcome, Progress


@contextmanager
def bars() -> Iterator[Progress]:
    """A bar for each source on a terminal; nothing in a pipe."""
    screen = terminal.console(stderr=True)
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bars

    with Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[day]}"),
        console=screen,
    ) as drawn:
        tasks: dict[str, Any] = {}

        def show(outcome: CollectionOutcome, day: date) -> None:
            name, window = outcome.source, outcome.window
            if name not in tasks:
                tasks[name] = drawn.add_task(name, total=len(window), day="")
            done = max(0, (day - window.start).days + 1)  # earlier days that changed come before the window
            drawn.update(tasks[name], completed=done, day=f"{day}, {outcome.rows:,} rows")

        yield show
