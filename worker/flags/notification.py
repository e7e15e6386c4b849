"""What a person is told of one problem, before it is put into words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.plan import Kpi
from worker.model.flag import GONE, Alert, FlagReason
from worker.model.records import CumulativeCurve
from worker.model.response import ResponseKind
from worker.model.verdict import Judgement, Traffic


class Role(StrEnum):
    """Why it is this person who is told."""

    YOU = "you"  #: is responsible
    LEAD = "lead"  #: nobody is responsible
    NEXT = "next"  #: who is responsible does not react
    SOURCE = "source"  #: looks after the source


@dataclass(frozen=True, slots=True)
class Notification:
    """What becomes of a flag, for one person; ``problem`` is what is wrong, ``now`` how it is judged."""

    reason: FlagReason
    flag_id: int
    notices: tuple[int, ...]  #: that it tells of
    title: str
    role: Role
    since: date | None = None  #: it opened
    put_off: date | None = None  #: it was snoozed until
    responsible: str = ""  #: the name of who is responsible
    links: Mapping[ResponseKind, str] = field(default_factory=dict)
    thread: str = ""  #: the Message-ID of the first mail that spoke of it
    problem: Alert | None = None
    now: Judgement | None = None
    sentences: Mapping[Language, str] = field(default_factory=dict)
    curve: CumulativeCurve | None = None  #: how what is judged came about
    traffic: Traffic | None = None  #: the visits behind it

    @property
    def is_good(self) -> bool:
        """Whether it is gone."""
        return self.reason in GONE


@dataclass(frozen=True, slots=True)
class MailContext:
    """What a mail's figures rest on."""

    loaded: LoadedPlan
    kpis: Mapping[str, Kpi]
    today: date
    collected_at: datetime | None
