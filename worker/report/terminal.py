"""What people read on a terminal: verdicts, problems, sources. Plain text where there is no terminal."""

import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_COLOURS = {
    "met": "green", "within": "green", "on_track": "green", "ok": "green", "final": "green",
    "missed": "bold red", "over": "bold red", "at_risk": "yellow", "overspending": "yellow",
    "no_data": "magenta", "refused": "bold red", "unavailable": "yellow", "misread": "bold red", "suspect": "yellow",
}  # fmt: skip

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")


def plain(text: object) -> str:
    """Text from outside without what could steer a terminal."""
    return _CONTROLS.sub("", str(text))


def plain_lines(text: str) -> str:
    """The same for several lines."""
    return "\n".join(plain(line) for line in text.splitlines())


def console(*, stderr: bool = False) -> Console:
    """A console as wide as the terminal; wide enough for every table where there is none."""
    stream = sys.stderr if stderr else sys.stdout
    return Console(
        stderr=stderr,
        highlight=False,
        width=None if stream.isatty() else 160,
        soft_wrap=not stream.isatty(),
    )


def table(headings: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "") -> Table:
    """A table; a cell that is a verdict or a state gets its colour."""
    made = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*(_cell(value) for value in row))
    return made


def _cell(value: object) -> Text:
    text = plain("" if value is None else value)
    return Text(text.replace("_", " "), style=_COLOURS[text]) if text in _COLOURS else Text(text)


def status_tables(plan: dict[str, Any]) -> list[Table]:
    """A plan's verdicts: actions and objectives, then budgets, then sources."""
    targets = [
        (owner["name"], target["sentence"], _marked(target), target["verdict"])
        for owner in (*plan["objectives"], *plan["actions"])
        for target in owner["targets"]
    ]
    budgets = [
        (name, budget["sentence"], _marked(budget), budget["verdict"])
        for name, budget in [
            (plan["name"], plan["budget"]),
            *((one["name"], one["budget"]) for one in plan["actions"]),
        ]
        if budget
    ]
    made = [table(("", "target", "", "verdict"), targets, title=plan["name"])]
    if budgets:
        made.append(table(("", "budget", "", "verdict"), budgets))
    rows = [
        (
            one["source"],
            one["connector"],
            one["settled_until"] or "-",
            one["state"],
            one["problem"] or "",
        )
        for one in plan["sources"]
    ]
    made.append(table(("source", "connector", "settled until", "state", "problem"), rows))
    return made


def _marked(said: dict[str, Any]) -> str:
    return "(simulated)" if said.get("simulated") else ""
