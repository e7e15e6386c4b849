"""How things are laid out on a terminal: lines, tables, colours. Plain text where there is no terminal."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.measure import Measurement
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from config.message import Message, message
from config.periods import Window
from worker.model.records import SourceState
from worker.model.tone import Tone, tone_of
from worker.report.plain import plain

__all__ = ["Table", "Text"]

WIDE = 400  # columns where there is no terminal: no line is broken

COLOURS: Mapping[Tone, str] = {
    Tone.GOOD: "green",
    Tone.WARNING: "yellow",
    Tone.BAD: "bold red",
    Tone.UNKNOWN: "magenta",
}

_STATES: Mapping[SourceState, str] = {
    SourceState.OK: "green",
    SourceState.UNAVAILABLE: "yellow",
    SourceState.SUSPECT: "yellow",
    SourceState.EMPTY: "yellow",
    SourceState.REFUSED: "bold red",
    SourceState.MISREAD: "bold red",
}

#: rich breaks lines at no-break spaces too: while it looks for places to break, signs that nobody uses stand for them
_HELD = {ord("\u00a0"): "\uf8f0", ord("\u202f"): "\uf8f1"}
_FREED = {ord(held): chr(space) for space, held in _HELD.items()}


class Words(Text):
    """Text in which a no-break space breaks no line."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        """The text in lines."""
        for piece in self._held().__rich_console__(console, options):
            yield Segment(piece.text.translate(_FREED), piece.style, piece.control)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """How narrow and how wide it can be."""
        return self._held().__rich_measure__(console, options)

    def _held(self) -> Text:
        held = self.copy()
        held.plain = self.plain.translate(_HELD)
        return held


def text(words: object, style: str = "") -> Words:
    """Words that cannot steer the terminal."""
    return Words(plain(words), style)


def assembled(*parts: object) -> Text:
    """Pieces of text one behind the other; one with a style is a pair."""
    return Words.assemble(*(_piece(part) for part in parts))


def _piece(part: object) -> Text:
    match part:
        case Text():
            return part
        case (words, str(style)):
            return text(words, style)
    return text(part)


def verdict_text(words: str, verdict: str) -> Text:
    """Words in the colour of a verdict."""
    return text(words, COLOURS[tone_of(verdict)])


def state_text(words: str, state: SourceState) -> Text:
    """Words in the colour of a source's state."""
    return text(words, _STATES.get(state, ""))


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
    with screen.capture() as shown:
        for part in parts:
            # rich copies bare text, and loses its kind
            screen.print(Group(text(part) if isinstance(part, str) else part))
    print("\n".join(line.rstrip() for line in shown.get().split("\n")), end="")


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A table of plain text; a cell may bring its own colour."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        made.add_column(text(heading), overflow="fold")
    for row in rows:
        made.add_row(*(_piece("" if value is None else value) for value in row))
    return made


def heading(name: str, aside: str) -> Text:
    """A name, and what is to be known of it."""
    return assembled((name, "bold"), (f"  {aside}" if aside else "", "dim"))


def beside(width: int | None, rows: Iterable[Sequence[RenderableType]]) -> Table:
    """Rows of a narrow and a wide column; what is long in the wide one is broken under itself."""
    made = Table.grid(padding=(0, 2))
    made.add_column(width=width)
    made.add_column(overflow="fold")
    for row in rows:
        made.add_row(*row)
    return made


def days_text(window: Window) -> Message:
    """From one day to another, as one writes them on the command line."""
    return message("{first} to {last}", first=window.start, last=window.last)


def stacked(lines: Iterable[Text]) -> RenderableType:
    """One below the other, in a cell."""
    return Group(*lines)
