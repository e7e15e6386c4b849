"""PURE. What looks wrong with the figures of a source, as it is found and as it is kept on record."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from config.periods import Window


class FaultKind(StrEnum):
    """What looks wrong with a source's figures."""

    SILENT_ZERO = "silent_zero"  #: nothing, where there always was something
    TRACKING_LOST = "tracking_lost"  #: the same, while what comes before or after it goes on
    JUMP = "jump"  #: far more visits than ever, that bring nothing more
    CUT_SHORT = "cut_short"  #: most of a day that was settled has vanished
    STALE = "stale"  #: no new day for longer than is usual
    DRIFT = "drift"  #: two sources no longer agree as they used to


#: kinds whose days are not believed; the others only tell that something is amiss
QUARANTINING = (FaultKind.SILENT_ZERO, FaultKind.TRACKING_LOST, FaultKind.JUMP, FaultKind.CUT_SHORT)


@dataclass(frozen=True, slots=True)
class DetectedFault:
    """One fault. ``baseline`` and ``seen`` are sums of its first measure, or waits in days, or ratios of a drift."""

    kind: FaultKind
    measures: tuple[str, ...]
    days: tuple[date, ...]
    baseline: float | None = None
    seen: float | None = None
    place: str = ""  #: the action whose figures alone it is about
    against: str = ""  #: what it is compared with
    is_ongoing: bool = True  #: it is seen on the newest day there is

    @property
    def since(self) -> date:
        """The first of its days."""
        return self.days[0]


@dataclass(frozen=True, slots=True)
class DataFault:
    """A fault on record."""

    id: int
    source_id: int
    source: str
    kind: FaultKind
    place: str
    against: str
    measures: tuple[str, ...]
    days: Window
    baseline: float | None
    seen: float | None
    found_on: date
    is_over: bool  #: it is not seen on the newest days any more ...
    is_quarantined: bool  #: ... though its own days are still not believed
    is_believed: bool = False  #: it ended as what was doubted is taken as true

    @property
    def key(self) -> tuple[int, str, str, str]:
        """Tells faults apart."""
        return self.source_id, self.kind.value, self.place, self.against


#: (source id, scope id, day, measure)
Quarantined = tuple[int, int, date, str]
