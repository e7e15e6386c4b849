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
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing the user should know about a file, at a line counted from 1 (0: the file as a whole)."""

    file: str
    line: int
    message: str
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {'' if self.level == 'error' else 'warning: '}{self.message}"


class VigieError(Exception):
    """Root of everything Vigie raises on purpose."""


class PlanError(VigieError):
    """The user must change a file or a setting. ``problems`` lists everything found, not just the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class SourceError(VigieError):
    """One source cannot be read; the others go on. The message says what, where, and the remedy."""


class SourceUnavailable(SourceError):
    """The source may answer later: network trouble, 5xx, 429. ``retry_after`` is in seconds, if it said."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SourceRefused(SourceError):
    """Trying again will not help: credentials, scope, an unknown id, a file that is not there."""


class SourceMisread(SourceError):
    """The answer is not as documented. ``sample`` is a short, masked piece of it, for the report."""

    def __init__(self, message: str, *, sample: str = "") -> None:
        super().__init__(message)
        self.sample = sample


class StoreError(VigieError):
    """The database cannot be used. The run stops; nothing partial is kept."""


class DeliveryError(VigieError):
    """A message was not taken. ``permanent`` tells that trying the same recipient again will not help."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent
