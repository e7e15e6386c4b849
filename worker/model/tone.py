"""PURE. How good or bad a verdict is, as a colour says it: the same in mails, pages, reports and on the terminal."""

from collections.abc import Mapping
from enum import StrEnum

from worker.model.flag import UNATTRIBUTED
from worker.model.verdict import Verdict


class Tone(StrEnum):
    """What a colour stands for."""

    GOOD = "good"  #: as promised
    WARNING = "warning"  #: it can still be put right
    BAD = "bad"  #: a fact: missed, over budget
    UNKNOWN = "unknown"  #: figures are missing, or it is too early to tell


TONES: Mapping[str, Tone] = {
    Verdict.MET: Tone.GOOD,
    Verdict.ON_TRACK: Tone.GOOD,
    Verdict.WITHIN: Tone.GOOD,
    Verdict.AT_RISK: Tone.WARNING,
    Verdict.OVERSPENDING: Tone.WARNING,
    Verdict.UNDERSPENDING: Tone.WARNING,
    Verdict.NO_SPEND: Tone.WARNING,
    UNATTRIBUTED: Tone.WARNING,
    Verdict.MISSED: Tone.BAD,
    Verdict.OVER: Tone.BAD,
    Verdict.CANNOT_SAY: Tone.UNKNOWN,
    Verdict.NO_DATA: Tone.UNKNOWN,
    Verdict.UNMEASURABLE: Tone.UNKNOWN,
    Verdict.NOT_STARTED: Tone.UNKNOWN,
}


def tone_of(verdict: str) -> Tone:
    """How good or bad it is; what is no verdict is about figures, and says nothing of what is done."""
    return TONES.get(verdict, Tone.UNKNOWN)
