"""What a person is told of one problem, before it is put into words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from config.fields import Language
from config.loader import LoadedPlan
from config.plan import Kpi
from worker.act import Kind
from worker.flag import Problem, Reason
from worker.judge.cure import Traffic
from worker.judge.evidence import Judgement
from worker.store.courses import Course

SOURCE = "source"  #: the scope of a flag about a source
STORM = "storm"  #: the verdict on a whole plan of which too much goes wrong at once

STRAY = "unattributed"  #: what is said of money that belongs to no action

#: flag, episode and person -> what can be done about it -> where
LinksFor = Callable[[int, int, str], Mapping[Kind, str]]

LONGEST = 300  # characters kept of words that came from outside

#: endings of names that look like a site's and are a file's
_FILES = "csv|db|eml|gz|html|json|parquet|tsv|txt|xlsx|yaml|yml"
_SITE = re.compile(rf"(?i)(?<=\w)[.\u3002\uff0e\uff61](?!(?:{_FILES})\b)(?=[^\W\d_]{{2}})")
_SCHEME = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*):(?=//)|\b(mailto|javascript|data|tel):")


class Role(StrEnum):
    """Why it is this person who is told."""

    YOU = "you"  #: answers for it
    LEAD = "lead"  #: nobody answers for it
    NEXT = "next"  #: who answers for it does not react
    SOURCE = "source"  #: looks after the source


@dataclass(frozen=True, slots=True)
class News:
    """What becomes of a flag, for one person; ``problem`` is what is wrong, ``now`` how it is judged."""

    reason: Reason
    flag_id: int
    notices: tuple[int, ...]  #: that it tells of
    title: str
    role: Role
    since: date | None = None  #: it opened
    put_off: date | None = None  #: it was snoozed until
    responsible: str = ""  #: the name of who answers for it
    links: Mapping[Kind, str] = field(default_factory=dict)
    thread: str = ""  #: the Message-ID of the first mail that spoke of it
    problem: Problem | None = None
    now: Judgement | None = None
    sentences: Mapping[Language, str] = field(default_factory=dict)
    course: Course | None = None  #: how what is judged came about
    traffic: Traffic | None = None  #: the visits behind it

    @property
    def is_good(self) -> bool:
        """Whether it is gone."""
        return self.reason in (Reason.RESOLVED, Reason.CORRECTED)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a mail's figures rest on."""

    loaded: LoadedPlan
    kpis: Mapping[str, Kpi]
    today: date
    collected_at: datetime | None


def harmless(text: str) -> str:
    """Words that came from outside, as one line that no mail program makes a link of."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    cut = plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"
    return _SITE.sub("[.]", _SCHEME.sub(lambda found: f"{found[1] or found[2]}[:]", cut))
