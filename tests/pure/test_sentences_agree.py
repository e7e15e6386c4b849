"""No sentence of a running period says what its own figures deny: worlds of every shape, in each language.

The worlds go through the product's own forecast and rules, so that what is read is what would be sent. The seed is
fixed, and every claim of the language tables below is seen at least once.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

import numpy as np
import pytest

from config.catalogue import catalogue
from config.fields import Language
from config.periods import DAY, Window
from config.plan import Bound, Per
from config.thresholds import Judging
from config.vocabulary import Unit
from worker.judge.outlook import (
    LearnedParameters,
    Prediction,
    TargetHistory,
    TargetKind,
    TargetSeries,
    concluded,
    is_likely_missed,
    is_significant,
    predict,
)
from worker.judge.outside_turns import Turns
from worker.model.verdict import (
    FINAL,
    PROVISIONAL,
    Figure,
    Judgement,
    Outlook,
    Phase,
    Subject,
    Verdict,
    VerdictReason,
)
from worker.stats.seasonality import seasonality_of
from worker.stats.series import Series
from worker.wording import LANGUAGES, translator_for
from worker.wording.sentences import sentence

APRIL = Window(date(2026, 4, 1), date(2026, 5, 1))
WORLDS = 800


@dataclass(frozen=True)
class Claims:
    """What a language says, and what a figure must be for it."""

    either_way: str
    doubtful: str
    unsure: str
    as_promised: str
    behind: str
    above: str
    too_few: str
    by_chance: str
    chance: str
    under: str
    over: str
    so_far: str
    pace: str
    between: str
    more: str  #: of a budget


CLAIMS = {
    "en": Claims(
        either_way="Could go either way",
        doubtful="ikely to miss",
        unsure="not yet sure enough",
        as_promised="On target so far",
        behind="Behind so far",
        above="Above so far",
        too_few="Only ",
        by_chance="may still be chance",
        chance=r"chance of meeting the target: (?:about )?([^.]+%)",
        under="under ",
        over="over ",
        so_far=r"([-\d.]+)(?: orders)? (?:so far|as of)",
        pace=r"(?:expected|limit) by (?:now|then): ([\d.]+)",
        between=r"between ([-\d.]+) and ([-\d.]+);",
        more="over budget",
    ),
    "fr": Claims(
        either_way="Issue incertaine",
        doubtful="pour une alerte",
        unsure="pas encore assez sûr",
        as_promised="Conforme à l’objectif",
        behind="En retard",
        above="Trop élevé",
        too_few="Seulement ",
        by_chance="peut encore être dû au hasard",
        chance=r"chances d’atteindre l’objectif: (?:environ )?([^.]+%)",
        under="moins de ",
        over="plus de ",
        so_far=r"([-\d.]+)(?: commandes)? (?:à ce jour|au )",
        pace=r"(?:attendu|maximum)(?: à cette date)?: ([\d.]+)",
        between=r"entre ([-\d.]+) et ([-\d.]+);",
        more="de plus que le budget",
    ),
}


# --- worlds ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class World:
    """A KPI of one plan on one day of April: what is judged, and what is foretold of it."""

    judgement: Judgement
    has_fallen: bool  #: days below zero were seen

    def said(self, language: Language) -> str:
        return plain(sentence(self.judgement, catalogue().get(self.judgement.kpi), translator_for(language)), language)


def plain(text: str, language: Language) -> str:
    """A text whose numbers Python reads, without the spaces of French typography and the signs of money."""
    text = re.sub(r"(?<=\d)[\u202f,](?=\d{3})" if language == "en" else r"(?<=\d)\u202f(?=\d{3})", "", text)
    text = text if language == "en" else re.sub(r"(?<=\d),(?=\d)", ".", text)
    return re.sub(r"[\u00a0 ](?=[:;%€])|[€\u00a0]", "", text)


@cache
def worlds() -> tuple[World, ...]:
    random = np.random.default_rng(20260408)
    return tuple(found for _ in range(WORLDS) if (found := world(random)))


def world(random: np.random.Generator) -> World | None:
    is_money, day = bool(random.random() < 0.5), int(random.integers(1, 30))
    level, history = float(random.choice([0.4, 4, 40, 1900])), int(random.choice([0, 6, 20, 90, 90, 90]))
    size = history + day
    trend = np.exp(random.normal(0, 0.05, size).cumsum() * random.choice([0, 0.3, 1]))
    trend[history : history + 3] *= random.choice([0.4, 1, 1, 3])  # a slow start, or a quick one
    amounts = random.negative_binomial(level / 2 * trend, 1 / 3).astype(np.float64)
    if is_money:
        amounts *= random.uniform(20, 40, size).round(2)
        amounts -= (random.random(size) < random.choice([0, 0.05])) * 35.0
    settled = np.ones(size)
    settled[max(0, size - int(random.choice([0, 1, 3]))) :] = 0.7
    start = APRIL.start - DAY * history
    series = Series(start, amounts, settled, np.ones(size, np.bool_))
    month = 30 * max(1.0, float(amounts.mean()))
    bound = random.choice([Bound.AT_LEAST, Bound.AT_MOST, Bound.BETWEEN])
    limit = Decimal(str(round(month * random.choice([0.5, 0.8, 0.95, 1, 1.05, 1.2, 2]), 2 if is_money else 0)))
    value = Decimal(str(round(float(amounts[history:].sum()), 2)))
    judgement = Judgement(
        subject=Subject("action", "a", "A", "t"),
        period=APRIL,
        per=Per.MONTH,
        verdict=Verdict.CANNOT_SAY,
        phase=Phase.OUTLOOK,
        reason=VerdictReason.RUNNING,
        figure=Figure(value, PROVISIONAL, value),
        unit=Unit.MONEY if is_money else Unit.COUNT,
        currency="EUR" if is_money else "",
        low=None if bound == Bound.AT_MOST else limit,
        high=None if bound == Bound.AT_LEAST else limit * Decimal("1.3") if bound == Bound.BETWEEN else limit,
        bound=Bound(bound),
        kpi="revenue" if is_money else "orders",
    )
    if not is_running(judgement):
        return None
    kind = TargetKind.AMOUNT if is_money else TargetKind.COUNT
    learned = LearnedParameters(seasonality_of(series, is_count=not is_money), pooled_phi=3.0)
    judging = Judging(strict=bool(random.random() < 0.3))
    found = predict(
        judgement,
        TargetHistory(TargetSeries(kind, series), learned, Turns(np.ones(30), np.zeros(30))),
        APRIL.start + DAY * day,
        judging,
    )
    return World(judged(judgement, found, strict=judging.strict), bool((amounts < 0).any())) if found else None


def is_running(one: Judgement) -> bool:
    """Whether nothing is decided yet: what is, needs no forecast."""
    value, low, high = one.figure.value or Decimal(0), one.low, one.high
    return not (high is not None and value > high) and not (high is None and low is not None and value >= low)


def judged(judgement: Judgement, found: Prediction, *, strict: bool) -> Judgement:
    """As of a plan of this one target: of one proof, correction takes nothing away."""
    proved = found.is_material and is_significant(found.early, strict=strict)
    return concluded(judgement, found, proved=proved, unlikely=is_likely_missed(found))


# --- what is said, against the figures beside it ---------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chance_said_is_the_chance_of_the_claim(language: Language) -> None:
    claims, seen = CLAIMS[language], Counter[str]()
    for one in worlds():
        text = one.said(language)
        assert claims.by_chance not in text
        shown = chance_in(text, claims)
        seen.update(name for name, words in vars(claims).items() if words in text)
        if shown is None:
            assert one.judgement.verdict is not Verdict.ON_TRACK, text
            continue
        assert claims.too_few not in text, text
        assert claims.either_way in text or not 33 < shown < 67, text
        assert claims.either_way not in text or 33 <= shown <= 67, text
        if claims.doubtful in text:
            assert shown <= 33, text
        if claims.unsure in text:
            assert shown >= 5, text
        if claims.behind in text or claims.above in text:
            assert shown >= 67, text
        if one.judgement.verdict is Verdict.ON_TRACK:
            assert shown >= 50, text
        if one.judgement.verdict is Verdict.AT_RISK:
            assert shown <= 50, text
    assert {"either_way", "doubtful", "as_promised", "behind", "above", "too_few"} <= seen.keys()


def chance_in(text: str, claims: Claims) -> float | None:
    found = re.search(claims.chance, text, re.IGNORECASE)
    if found is None:
        return None
    said = found[1]
    number = float(re.findall(r"\d+", said)[0])
    return 0.0 if said.startswith(claims.under) else 100.0 if said.startswith(claims.over) else number


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_target_and_behind_are_said_of_what_is_there_and_what_should_be(language: Language) -> None:
    claims, seen = CLAIMS[language], 0
    for one in worlds():
        text, judgement = one.said(language), one.judgement
        found = re.search(claims.so_far, text), re.search(claims.pace, text)
        if found[0] is None or found[1] is None:
            continue
        value, pace = float(found[0][1]), float(found[1][1])
        seen += 1
        if judgement.bound is Bound.AT_LEAST and claims.as_promised in text:
            assert value >= pace - 0.5, text
        if judgement.bound is Bound.AT_MOST and claims.as_promised in text:
            assert value <= pace + 0.5, text
        if claims.behind in text:
            assert value < pace, text
        if claims.above in text:
            assert value > pace, text
    assert seen > WORLDS / 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_range_has_two_ends_and_neither_is_below_what_is_reached(language: Language) -> None:
    claims, ranges = CLAIMS[language], 0
    for one in worlds():
        text = one.said(language)
        value, ends = re.search(claims.so_far, text), re.search(claims.between, text.split(").", 1)[-1])
        if ends is None:
            continue
        ranges += 1
        assert float(ends[1]) < float(ends[2]), text
        if value and not one.has_fallen:
            assert float(value[1]) <= float(ends[1]), text
    assert ranges > WORLDS / 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_nobody_foresees_cents_of_tens(language: Language) -> None:
    cents = []
    for one in worlds():
        ends = re.search(CLAIMS[language].between, one.said(language).split(").", 1)[-1])
        if one.judgement.unit is Unit.MONEY and ends:
            cents += [end for end in ends.groups() if "." in end and abs(Decimal(end)) >= 10]
    assert len(cents) < WORLDS / 50  # where a whole one would stand on the other side of what is reached or promised


# --- budgets ---------------------------------------------------------------------------------------------------------


def budgets() -> Iterator[Judgement]:
    random = np.random.default_rng(7)
    for _ in range(200):
        amount, share = Decimal(int(random.integers(50, 60_000))), random.uniform(0.2, 1.06)
        projected = (amount * Decimal(str(share))).quantize(Decimal("0.01"))
        yield Judgement(
            subject=Subject("action", "a", "A", "budget"),
            period=APRIL,
            per=Per.MONTH,
            verdict=Verdict.WITHIN,
            phase=Phase.OUTLOOK,
            reason=VerdictReason.WITHIN,
            figure=Figure((projected / 2).quantize(Decimal("0.01")), FINAL),
            unit=Unit.MONEY,
            currency="EUR",
            high=amount,
            projected=projected,
            outlook=Outlook(date(2026, 4, 14)),
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_budget_within_its_bounds_says_so_where_it_is_likely_to_end_above_them(language: Language) -> None:
    every = list(budgets())
    assert 0 < sum(one.projected > one.high for one in every if one.projected and one.high) < len(every)
    for one in every:
        text = plain(sentence(one, None, translator_for(language)), language)
        assert one.projected is not None
        assert one.high is not None
        assert (CLAIMS[language].more in text) == (one.projected > one.high), text
