"""The whole error tree, sorted by what the caller must do next.

VigieError
+ PlanError              the user edits a file: all problems listed, no traceback, exit 2
+ SourceError            this source is skipped, the others go on
  + SourceUnavailable    try later (network, 5xx, 429): retry_after
  + SourceRefused        do not retry (credentials, scope, unknown id): the source's responsible is told
  + SourceMisread        the answer is not as documented: the sample is kept, masked
+ StoreError             stop the run; nothing partial kept
+ DeliveryError          permanent: bool
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from traceback import extract_tb
from typing import Any, Literal

from config.message import Message, counted, message

Level = Literal["error", "warning", "note"]

MOST_SHOWN = 50  # problems of one file


class Mistake(ValueError):
    """A value that a file cannot hold, and what to write instead, as a message."""

    def __init__(self, text: str, /, **parts: Any) -> None:
        self.message = message(text, **parts)
        self.key = ""
        super().__init__(str(self.message))

    def at(self, key: str) -> "Mistake":
        """The same of one of the keys of the value: it is told with that key's line."""
        self.key = key
        return self


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing the user should know about a file, at a line counted from 1 (0: the file as a whole).

    ``file`` is a path from the configuration folder, or the name of what else is wrong (a variable, an option).
    """

    file: str
    line: int
    message: Message | str
    level: Level = "error"
    folder: Path | None = None  #: the configuration folder, where ``file`` is a path that can be opened
    count: int = 1  #: how many it stands for

    def in_folder(self, folder: Path) -> "Problem":
        """The same of a file that lies in a folder."""
        return replace(self, folder=folder)

    def place(self, here: Path | None = None) -> str:
        """``file:line``, from the folder ``here`` where it is given, so that the file can be opened from there."""
        file = self.file
        if here and self.folder:
            path = self.folder / self.file
            file = str(path.relative_to(here) if path.is_relative_to(here) else path)
        return f"{file}:{self.line}" if self.line else file

    def told(self, here: Path | None = None) -> Message:
        """All of it, to be translated: place, level and message. ``here`` as for ``place``."""
        if self.level == "warning":
            return message("{place}: warning: {problem}", place=self.place(here), problem=self.message)
        if self.level == "note":
            return message("{place}: note: {problem}", place=self.place(here), problem=self.message)
        return message("{place}: {problem}", place=self.place(here), problem=self.message)

    def __str__(self) -> str:
        return str(self.told())


def shortened(problems: Iterable[Problem]) -> list[Problem]:
    """Problems of one level by file and line; of a file with very many the first, and how many more there are."""
    shown: list[Problem] = []
    in_order = sorted(problems, key=lambda problem: (problem.file, problem.line))
    for _, group in groupby(in_order, key=lambda problem: problem.file):
        of_file = list(group)
        shown += of_file[:MOST_SHOWN]
        if (more := len(of_file) - MOST_SHOWN) > 0:
            text = counted("and 1 more: correct the others first", "and {count} more: correct these first", more)
            shown.append(replace(of_file[0], line=0, message=text, count=more))
    return shown


class VigieError(Exception):
    """Root of everything Vigie raises on purpose. ``message`` can be translated; ``str`` is English."""

    def __init__(self, message: str | Message = "") -> None:
        self.message = message
        super().__init__(str(message))


class PlanError(VigieError):
    """The user must change a file or a setting. ``problems`` lists all of them, not just the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class SourceError(VigieError):
    """One source cannot be read; the others go on. The message says what, where, and the remedy."""


class SourceUnavailable(SourceError):
    """The source may answer later: network trouble, 5xx, 429. ``retry_after`` is in seconds, if it said."""

    def __init__(self, message: str | Message, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SourceRefused(SourceError):
    """Trying again will not help: credentials, scope, an unknown id, a file that is not there."""


class SourceMisread(SourceError):
    """The answer is not as documented. ``sample`` is a short, masked piece of it, for the report."""

    def __init__(self, message: str | Message, *, sample: str = "") -> None:
        super().__init__(message)
        self.sample = sample


class StoreError(VigieError):
    """The database cannot be used. The run stops; nothing partial is kept."""


class DeliveryError(VigieError):
    """A message was not taken. ``permanent`` tells that trying the same recipient again will not help."""

    def __init__(self, message: str | Message, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


def unforeseen(error: Exception) -> Message:
    """What is said of an error that nobody foresaw: its kind and place. Its own text may hold a secret."""
    frames = extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    return message("unexpected {error} at {place}; please report it", error=type(error).__name__, place=place)
