"""Everything that is said, in both languages: nothing missing, nothing a template, written as people write it."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worker.wording.english import SAYINGS as ENGLISH
from worker.wording.french import SAYINGS as FRENCH

from config.catalogue import catalogue
from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.loading.loader import parse_plan
from config.periods import Duration, Window
from config.plan import Bound, Per
from config.vocabulary import Unit
from connectors.registry import OptionModels
from worker.flags.notification import MailContext, Notification, Role
from worker.model.flag import Alert, FlagState
from worker.model.flag import FlagReason as Step
from worker.model.records import SourceState
from worker.model.response import Refusal, ResponseKind
from worker.model.verdict import FINAL, Figure, Judgement, Outlook, Phase, Subject, Verdict, VerdictReason
from worker.notify.item import Bar, advice, item
from worker.store.responses import BY_HAND
from worker.wording import LANGUAGES, translator_for
from worker.wording.sentences import bound, gap, kpi_name, result, sentence

SAYINGS: dict[Language, Mapping[str, str]] = {"en": ENGLISH, "fr": FRENCH}

#: the two no-break spaces of French typography: before : ; ? ! % € » and inside numbers
NB, THIN = "\u00a0", "\u202f"


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def filled(key: str, language: Language) -> str:
    """A saying with a word for each of its parts."""
    return translator_for(language).say(key, **dict.fromkeys(placeholders(SAYINGS[language][key]), "X"))


# --- the two catalogues --------------------------------------------------------------------------------------------


def test_both_languages_say_the_same_things() -> None:
    assert ENGLISH.keys() == FRENCH.keys()


@pytest.mark.parametrize("key", ENGLISH)
def test_both_languages_name_the_same_parts(key: str) -> None:
    assert placeholders(ENGLISH[key]) == placeholders(FRENCH[key])


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_unsaid_or_half_a_template(language: Language) -> None:
    for key, text in SAYINGS[language].items():
        assert text.strip() or key == "colon"
        assert not set("{}") & set(filled(key, language)), key


@pytest.mark.parametrize("key", FRENCH)
def test_french_keeps_its_signs_together_with_their_word(key: str) -> None:
    said = filled(key, "fr")
    assert not re.search(r"[\w ][:;?!»%€]", said)
    assert not re.search(r"«(?!\u00a0)", said)


@pytest.mark.parametrize("key", ENGLISH)
def test_english_puts_no_space_before_its_signs(key: str) -> None:
    assert not re.search(r"[ \u00a0][:;?!,.](?=\s|$)", filled(key, "en"))


TOLD = [state for state in SourceState if state not in (SourceState.OK, SourceState.NEVER)]


@pytest.mark.parametrize(
    "key",
    [
        *(f"verdict.{verdict}" for verdict in Verdict),
        *(f"mail.badge_{verdict}" for verdict in (Verdict.MISSED, Verdict.OVER)),
        *(f"source.{state}" for state in SourceState if state is not SourceState.SUSPECT),
        "source.suspect_state",
        *(f"source.problem.{state}" for state in TOLD),
        *(f"advice.{state}" for state in TOLD),
        *(f"mail.why_{role}" for role in Role),
        *(f"explain.{reason}" for reason in VerdictReason),
        *(f"act.{refusal}" for refusal in Refusal),
        *(f"flag.{reason}" for reason in BY_HAND),
        *(f"web.{part}.{kind}" for part in ("title", "help", "do", "note_help") for kind in ResponseKind),
        *(f"web.did.{reason}" for reason in Step),
        *(f"web.state.{state}" for state in (FlagState.OPEN, FlagState.RESOLVED, FlagState.CLOSED)),
        *(f"{kind}.{limit}" for kind in ("bound", "bound_of") for limit in Bound),
        *(f"per.{per}" for per in Per),
        *(f"report.state.{state}" for state in ("final", "provisional", "missing")),
        *(f"unit.{unit}{s}" for unit in ("day", "week", "month", "quarter", "year") for s in ("", "s")),
    ],
)
def test_every_word_of_the_vocabulary_has_its_saying(key: str) -> None:
    assert key in ENGLISH
    assert key in FRENCH


# --- the parts of a saying are text ----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "value", ["{0.__class__}", "{name}", "{plan}", "{{7*7}}", "${x}", "%(y)s", "\\1 \\g<0>", "a\0b", "", "é : « x »"]
)
def test_a_value_that_looks_like_a_template_is_printed_as_it_is(language: Language, value: str) -> None:
    assert translator_for(language).say("mail.hello", name=value) in (f"Hello {value},", f"Bonjour {value},")
    assert value in translator_for(language).say("mail.subject_one", plan=value, what="{plan}")
    assert translator_for(language).say("mail.subject_one", plan="P", what=value).endswith(value)


@settings(max_examples=50)
@given(st.sampled_from(LANGUAGES), st.sampled_from(sorted(ENGLISH)), st.text())
def test_any_saying_takes_any_text(language: Language, key: str, value: str) -> None:
    parts = placeholders(SAYINGS[language][key])
    said = translator_for(language).say(key, **dict.fromkeys(parts, value))
    assert said.count(value) >= len(parts)


# --- numbers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "currency", "english", "french"),
    [
        ("0", Unit.COUNT, "", "0", "0"),
        ("87", Unit.COUNT, "", "87", "87"),
        ("1234567", Unit.COUNT, "", "1,234,567", f"1{THIN}234{THIN}567"),
        ("12.5", Unit.COUNT, "", "12.5", "12,5"),
        ("12.345", Unit.COUNT, "", "12.34", "12,34"),
        ("-3", Unit.COUNT, "", "-3", "-3"),
        ("1234.5", Unit.MONEY, "EUR", "€1,234.50", f"1{THIN}234,50{NB}€"),
        ("0", Unit.MONEY, "EUR", "€0.00", f"0,00{NB}€"),
        ("-12.5", Unit.MONEY, "EUR", "-€12.50", f"-12,50{NB}€"),
        ("1234.5", Unit.MONEY, "GBP", "£1,234.50", f"1{THIN}234,50{NB}£GB"),
        ("1234.5", Unit.MONEY, "USD", "$1,234.50", f"1{THIN}234,50{NB}$US"),
        ("1234.6", Unit.MONEY, "JPY", "¥1,235", f"1{THIN}235{NB}JPY"),
        ("0.025", Unit.SHARE, "", "2.5%", f"2,5{NB}%"),
        ("0.02496", Unit.SHARE, "", "2.5%", f"2,5{NB}%"),
        ("1", Unit.SHARE, "", "100%", f"100{NB}%"),
        ("12.3456", Unit.SHARE, "", "1,234.56%", f"1{THIN}234,56{NB}%"),
        ("4", Unit.RATIO, "", "4.00", "4,00"),
        ("4.126", Unit.RATIO, "", "4.13", "4,13"),
        ("8.24", Unit.POSITION, "", "8.2", "8,2"),
        ("42", Unit.POINTS, "", "42", "42"),
        ("-7.55", Unit.POINTS, "", "-7.6", "-7,6"),
        ("59", Unit.SECONDS, "", "59 s", f"59{NB}s"),
        ("62", Unit.SECONDS, "", "1 min 2 s", f"1{NB}min 2{NB}s"),
        ("60", Unit.SECONDS, "", "1 min 0 s", f"1{NB}min 0{NB}s"),
        ("3723.4", Unit.SECONDS, "", "62 min 3 s", f"62{NB}min 3{NB}s"),
        ("-62", Unit.SECONDS, "", "-1 min 2 s", f"-1{NB}min 2{NB}s"),
    ],
)
def test_numbers(value: str, unit: Unit, currency: str, english: str, french: str) -> None:
    assert translator_for("en").number(Decimal(value), unit, currency) == english
    assert translator_for("fr").number(Decimal(value), unit, currency) == french


@pytest.mark.parametrize("unit", Unit)
def test_what_is_not_known_is_said_to_be_so_and_never_zero(unit: Unit) -> None:
    assert translator_for("en").number(None, unit, "EUR") == "unknown"
    assert translator_for("fr").number(None, unit, "EUR") == "inconnu"


@pytest.mark.parametrize(
    ("value", "english", "french"), [("0.914", "91%", f"91{NB}%"), ("12", "1,200%", f"1{THIN}200{NB}%")]
)
def test_whole_percents(value: str, english: str, french: str) -> None:
    assert (translator_for("en").percent(Decimal(value)), translator_for("fr").percent(Decimal(value))) == (
        english,
        french,
    )


@pytest.mark.parametrize(
    ("value", "unit", "english", "french"),
    [
        ("0.005", Unit.SHARE, "0.5 percentage points", "0,5 point"),
        ("0.01", Unit.SHARE, "1 percentage point", "1 point"),
        ("0.02", Unit.SHARE, "2 percentage points", "2 points"),
        ("3.2", Unit.POSITION, "3.2 places", "3,2 places"),
        ("1", Unit.POSITION, "1 place", "1 place"),
        ("12", Unit.POINTS, "12 points", "12 points"),
        ("1", Unit.POINTS, "1 point", "1 point"),
        ("16", Unit.COUNT, "16", "16"),
        ("90", Unit.SECONDS, "1 min 30 s", f"1{NB}min 30{NB}s"),
        ("190.5", Unit.MONEY, "€190.50", f"190,50{NB}€"),
    ],
)
def test_differences_of_shares_are_points_that_nobody_takes_for_percent(
    value: str, unit: Unit, english: str, french: str
) -> None:
    assert translator_for("en").difference(Decimal(value), unit, "EUR") == english
    assert translator_for("fr").difference(Decimal(value), unit, "EUR") == french


# --- time ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "english", "french", "short_english", "short_french"),
    [
        (date(2026, 5, 20), "20 May 2026", "20 mai 2026", "20 May", "20 mai"),
        (date(2026, 5, 1), "1 May 2026", "1er mai 2026", "1 May", "1er mai"),
        (date(2026, 8, 11), "11 August 2026", "11 août 2026", "11 Aug", "11 août"),
        (date(2026, 2, 28), "28 February 2026", "28 février 2026", "28 Feb", "28 févr."),
    ],
)
def test_days(day: date, english: str, french: str, short_english: str, short_french: str) -> None:
    assert (translator_for("en").day(day), translator_for("fr").day(day)) == (english, french)
    assert (translator_for("en").short_day(day), translator_for("fr").short_day(day)) == (short_english, short_french)


@pytest.mark.parametrize(
    ("start", "end", "english", "french"),
    [
        ("2026-05-20", "2026-05-21", "20 May 2026", "20 mai 2026"),
        ("2026-05-01", "2026-06-01", "May 2026", "mai 2026"),
        ("2026-04-01", "2026-07-01", "Q2 2026", "T2 2026"),
        ("2026-05-04", "2026-05-11", "week of 4 May 2026", "semaine du 4 mai 2026"),
        ("2026-05-01", "2026-05-15", "1–14 May 2026", "du 1er au 14 mai 2026"),
        ("2026-05-02", "2026-05-15", "2–14 May 2026", "du 2 au 14 mai 2026"),
        ("2026-05-20", "2026-06-04", "20 May – 3 June 2026", "du 20 mai au 3 juin 2026"),
        ("2026-05-01", "2026-06-02", "1 May – 1 June 2026", "du 1er mai au 1er juin 2026"),
        ("2026-12-20", "2027-01-02", "20 December 2026 – 1 January 2027", "du 20 décembre 2026 au 1er janvier 2027"),
        ("2026-01-01", "2027-01-01", "1 January – 31 December 2026", "du 1er janvier au 31 décembre 2026"),
    ],
)
def test_periods_by_their_shortest_name(start: str, end: str, english: str, french: str) -> None:
    window = Window(date.fromisoformat(start), date.fromisoformat(end))
    assert (translator_for("en").period(window), translator_for("fr").period(window)) == (english, french)


@pytest.mark.parametrize(
    ("moment", "zone", "english", "french"),
    [
        ("2026-05-20T06:05", "Europe/Paris", "20 May 2026, 08:05", "20 mai 2026 à 08:05"),
        ("2026-01-20T06:05", "Europe/Paris", "20 January 2026, 07:05", "20 janvier 2026 à 07:05"),
        ("2026-04-30T22:30", "Europe/Paris", "1 May 2026, 00:30", "1er mai 2026 à 00:30"),
        ("2026-05-01T02:30", "America/New_York", "30 April 2026, 22:30", "30 avril 2026 à 22:30"),
    ],
)
def test_moments_on_the_clock_of_a_zone(moment: str, zone: str, english: str, french: str) -> None:
    at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    assert (translator_for("en").moment(at, zone), translator_for("fr").moment(at, zone)) == (english, french)


@pytest.mark.parametrize(
    ("duration", "english", "french"),
    [
        (Duration(14, "day"), "14 days", "14 jours"),
        (Duration(1, "month"), "month", "mois"),
        (Duration(3, "month"), "3 months", "3 mois"),
        (Duration(2, "year"), "2 years", "2 ans"),
    ],
)
def test_lengths_of_time(duration: Duration, english: str, french: str) -> None:
    assert (translator_for("en").duration(duration), translator_for("fr").duration(duration)) == (english, french)


@pytest.mark.parametrize(
    ("items", "english", "french"),
    [
        ([], "", ""),
        (["a"], "a", "a"),
        (["a", "b"], "a and b", "a et b"),
        (["a", "b", "c"], "a, b and c", "a, b et c"),
    ],
)
def test_lists(items: list[str], english: str, french: str) -> None:
    assert (translator_for("en").listed(items), translator_for("fr").listed(items)) == (english, french)
    assert translator_for("en").listed(items, "or") == english.replace("and", "or")
    assert translator_for("fr").listed(items, "or") == french.replace("et", "ou")


# --- sentences -----------------------------------------------------------------------------------------------------

APRIL = Window(date(2026, 4, 1), date(2026, 5, 1))
TODAY = date(2026, 4, 19)


def target(reason: VerdictReason, value: str | None, **other: Any) -> Judgement:
    """A judgement of a target: at least 100 orders in April, with what a test wants otherwise."""
    usual: dict[str, Any] = {
        "subject": Subject("action", "a", "A", "orders"), "period": APRIL, "per": Per.MONTH,
        "verdict": Verdict.MISSED, "phase": Phase.OUTCOME, "reason": reason,
        "figure": Figure(None if value is None else Decimal(value), FINAL),
        "unit": Unit.COUNT, "currency": "", "low": Decimal(100), "bound": Bound.AT_LEAST, "kpi": "orders",
    }  # fmt: skip
    return Judgement(**{**usual, **other})


def budget(reason: VerdictReason, spent: str | None, committed: str = "0", **other: Any) -> Judgement:
    """A judgement of a budget of 500 euros for April."""
    amounts: dict[str, Any] = {
        "high": Decimal(500),
        "committed": Decimal(committed),
        "low": None,
        "bound": None,
        "kpi": "",
    }
    if reason in (VerdictReason.OVER, VerdictReason.OVER_COMMITTED):
        amounts["verdict"] = Verdict.OVER
    return target(reason, spent, unit=Unit.MONEY, currency="EUR", **{**amounts, **other})


def ahead(reason: VerdictReason, value: str, outlook: Outlook, **other: Any) -> Judgement:
    """A judgement of April's target while April runs."""
    return target(reason, value, verdict=Verdict.AT_RISK, phase=Phase.OUTLOOK, outlook=outlook, **other)


MID_APRIL = date(2026, 4, 14)
FORESEEN: dict[str, Any] = {"expected": Decimal(66), "low": Decimal(58), "high": Decimal(74)}
RATE: dict[str, Any] = {"kpi": "conversion_rate", "unit": Unit.SHARE, "low": Decimal("0.03")}


def said(judgement: Judgement, language: Language) -> str:
    return (
        sentence(judgement, catalogue().get(judgement.kpi), translator_for(language))
        .replace(NB, "~")
        .replace(THIN, "_")
    )


@pytest.mark.parametrize(
    ("judgement", "english", "french"),
    [
        (
            target(VerdictReason.OUTCOME, "87"),
            "87 orders for a target of at least 100.",
            "87 commandes pour un objectif d'au moins 100.",
        ),
        (
            target(VerdictReason.OUTCOME, "1"),
            "Orders: 1 for a target of at least 100.",
            "Commandes~: 1 pour un objectif d'au moins 100.",
        ),
        (
            target(VerdictReason.OUTCOME, "0.021", kpi="conversion_rate", unit=Unit.SHARE, low=Decimal("0.025")),
            "Conversion rate 2.1% for a target of at least 2.5%.",
            "Taux de conversion~: 2,1~% pour un objectif d'au moins 2,5~%.",
        ),
        (
            target(VerdictReason.OUTCOME, "0.02499", kpi="conversion_rate", unit=Unit.SHARE, low=Decimal("0.025")),
            "Conversion rate just under 2.5% for a target of at least 2.5%.",
            "Taux de conversion~: un peu moins de 2,5~% pour un objectif d'au moins 2,5~%.",
        ),
        (
            target(
                VerdictReason.OUTCOME, "8.2", kpi="search_position", breakdown="linen dress", unit=Unit.POSITION,
                low=None, high=Decimal(5), bound=Bound.AT_MOST,
            ),
            "Search position for “linen dress” 8.2 for a target of at most 5.",
            "Position dans les moteurs de recherche pour «~linen dress~»~: 8,2 pour un objectif d'au plus 5.",
        ),
        (
            target(VerdictReason.OUTCOME, "723", high=Decimal(20), low=Decimal(10), bound=Bound.BETWEEN),
            "723 orders for a target of 10 to 20.",
            "723 commandes pour un objectif de 10 à 20.",
        ),
        (
            target(VerdictReason.REACHED, "120"),
            "120 orders so far: the target of at least 100 is already reached.",
            "120 commandes à ce jour~: l'objectif d'au moins 100 est déjà atteint.",
        ),
        (
            target(VerdictReason.CROSSED, "120", low=None, high=Decimal(100), bound=Bound.AT_MOST),
            "120 orders so far: the limit of at most 100 is already passed.",
            "120 commandes à ce jour~: la limite d'au plus 100 est déjà dépassée.",
        ),
        (
            target(VerdictReason.RUNNING, "14"),
            "14 orders so far, for a target of at least 100 by 30 April 2026; too early to say.",
            "14 commandes à ce jour pour un objectif d'au moins 100 au 30 avril 2026~; il est trop tôt pour conclure.",
        ),
        (
            target(VerdictReason.RUNNING, None),
            "Orders: no value yet; the target is at least 100 by 30 April 2026.",
            "Commandes~: pas encore de valeur~; objectif~: au moins 100 au 30 avril 2026.",
        ),
        (
            target(VerdictReason.OUTCOME, "99.999"),
            "Orders: just under 100 for a target of at least 100.",
            "Commandes~: un peu moins de 100 pour un objectif d'au moins 100.",
        ),
        (
            target(VerdictReason.UNSETTLED, "87"),
            "87 orders for a target of at least 100; the sources may still correct these figures.",
            "87 commandes pour un objectif d'au moins 100~; les sources peuvent encore corriger ces chiffres.",
        ),
        (
            target(VerdictReason.NOTHING_KNOWN, None, lacking=("shop",)),
            "Orders is unknown: no figures from shop. The target is at least 100.",
            "Commandes~: inconnu, aucun chiffre de shop. Objectif~: au moins 100.",
        ),
        (
            target(VerdictReason.NOTHING_KNOWN, None),
            "Orders is unknown: no figures from any source. The target is at least 100.",
            "Commandes~: inconnu, aucun chiffre d'aucune source. Objectif~: au moins 100.",
        ),
        (
            target(VerdictReason.PARTLY_KNOWN, "40", lacking=("a", "b")),
            "40 orders in the days that are known, for a target of at least 100; figures are missing from a and b.",
            "40 commandes sur les jours connus, pour un objectif d'au moins 100~; il manque des chiffres de a et b.",
        ),
        (
            target(VerdictReason.NO_RATIO, None, kpi="open_rate", unit=Unit.SHARE, low=Decimal("0.2")),
            "Open rate has no value: nothing happened that it could be measured by. The target was at least 20%.",
            "Taux d'ouverture~: sans valeur, rien ne s'est passé qui permette de le mesurer. Objectif~: au moins 20~%.",
        ),
        (
            target(VerdictReason.NO_SOURCE, None, lacking=("orders", "sessions")),
            "Orders cannot be measured: no source provides orders or sessions.",
            "Commandes~: impossible à mesurer, aucune source ne fournit orders ou sessions.",
        ),
        (
            target(VerdictReason.NO_TRACKING, None, kpi="sessions"),
            "Visits cannot be measured: the plan does not say how this action's figures are recognised (tracked_by).",
            (
                "Visites~: impossible à mesurer, le plan ne dit pas à quoi reconnaître les chiffres de cette action "
                "(tracked_by)."
            ),
        ),
        (
            target(VerdictReason.NO_TRACE, None, lacking=("campaign", "coupon")),
            "Orders cannot be measured: no figure of its source carries a campaign or coupon.",
            "Commandes~: impossible à mesurer, aucun chiffre de sa source ne porte de campaign ou coupon.",
        ),
        (
            target(VerdictReason.BEFORE, None),
            "Starts on 1 April 2026; the target is at least 100.",
            "Commence le 1er avril 2026~; objectif~: au moins 100.",
        ),
        (
            ahead(VerdictReason.UNLIKELY, "31", Outlook(MID_APRIL, pace=Decimal(47), chance=0.004, **FORESEEN)),
            (
                "31 orders so far, where 47 would be on course for a target of at least 100 by 30 April 2026. "
                "It is likely to end at 58 to 74; the chance of keeping the target is under 1%."
            ),
            (
                "31 commandes à ce jour, quand le rythme voulu serait de 47, pour un objectif d'au moins 100 au "
                "30 avril 2026. La période devrait finir entre 58 et 74~; l'objectif a moins de 1~% de chances "
                "d'être tenu."
            ),
        ),
        (
            ahead(VerdictReason.LIKELY, "52", Outlook(MID_APRIL, pace=Decimal(47), chance=0.874, **FORESEEN)),
            (
                "52 orders so far, where 47 would be on course for a target of at least 100 by 30 April 2026. "
                "It is likely to end at 58 to 74; the chance of keeping the target is about 87%."
            ),
            (
                "52 commandes à ce jour, quand le rythme voulu serait de 47, pour un objectif d'au moins 100 au "
                "30 avril 2026. La période devrait finir entre 58 et 74~; l'objectif a environ 87~% de chances "
                "d'être tenu."
            ),
        ),
        (
            ahead(VerdictReason.PROVED, "0.021", Outlook(MID_APRIL, limit=Decimal("0.028")), **RATE),
            (
                "Conversion rate 2.1% so far for a target of at least 3% by 30 April 2026. Chance alone does "
                "not explain it: even allowing for it, the true value is below 2.8% (95% sure)."
            ),
            (
                "Taux de conversion~: 2,1~% à ce jour pour un objectif d'au moins 3~% au 30 avril 2026. Le "
                "hasard seul ne l'explique pas~: même en en tenant compte, la vraie valeur est inférieure à "
                "2,8~% (sûr à 95~%)."
            ),
        ),
        (
            ahead(VerdictReason.PROVED, "31", Outlook(MID_APRIL, pace=Decimal(47))),
            (
                "31 orders so far, where 47 would be on course for a target of at least 100 by 30 April 2026. "
                "Chance alone does not explain it."
            ),
            (
                "31 commandes à ce jour, quand le rythme voulu serait de 47, pour un objectif d'au moins 100 au "
                "30 avril 2026. Le hasard seul ne l'explique pas."
            ),
        ),
        (
            ahead(VerdictReason.BEHIND, "0.022", Outlook(MID_APRIL), **RATE),
            (
                "Conversion rate 2.2% so far for a target of at least 3% by 30 April 2026: not as promised, but within "
                "chance."
            ),
            (
                "Taux de conversion~: 2,2~% à ce jour pour un objectif d'au moins 3~% au 30 avril 2026~: en "
                "deçà de la promesse, mais le hasard suffit à l'expliquer."
            ),
        ),
        (
            ahead(VerdictReason.BEHIND, "0.032", Outlook(MID_APRIL), **RATE),
            (
                "Conversion rate 3.2% so far for a target of at least 3% by 30 April 2026: as promised so far, but "
                "earlier figures do not bear it out."
            ),
            (
                "Taux de conversion~: 3,2~% à ce jour pour un objectif d'au moins 3~% au 30 avril 2026~: la promesse "
                "est tenue à ce jour, mais les chiffres d'avant ne le confirment pas."
            ),
        ),
        (
            ahead(
                VerdictReason.TOO_FEW, "14",
                Outlook(MID_APRIL, pace=Decimal(47), sample=14, needed=107, sayable_on=date(2026, 4, 28)),
            ),
            (
                "14 orders so far, where 47 would be on course for a target of at least 100 by 30 April 2026. "
                "Too little to tell it from chance: 14 on settled days, about 107 needed, likely around 28 April 2026."
            ),
            (
                "14 commandes à ce jour, quand le rythme voulu serait de 47, pour un objectif d'au moins 100 au "
                "30 avril 2026. Trop peu pour le distinguer du hasard~: 14 dans les jours définitifs, il en faut "
                "environ 107, sans doute vers le 28 avril 2026."
            ),
        ),
        (
            ahead(VerdictReason.TOO_FEW, "14", Outlook(MID_APRIL, sample=14, needed=107)),
            (
                "14 orders so far for a target of at least 100 by 30 April 2026. Too little to tell it from "
                "chance: 14 on settled days, about 107 needed, more than there will be by the end."
            ),
            (
                "14 commandes à ce jour pour un objectif d'au moins 100 au 30 avril 2026. Trop peu pour le "
                "distinguer du hasard~: 14 dans les jours définitifs, il en faut environ 107, plus qu'il n'y en aura "
                "d'ici la fin."
            ),
        ),
        (
            ahead(VerdictReason.TOO_EARLY, "14", Outlook(MID_APRIL, sayable_on=date(2026, 4, 28))),
            (
                "14 orders so far for a target of at least 100 by 30 April 2026. Too few days are settled to "
                "say more, likely from 28 April 2026 on."
            ),
            (
                "14 commandes à ce jour pour un objectif d'au moins 100 au 30 avril 2026. Trop peu de jours "
                "sont définitifs pour en dire plus, sans doute à partir du 28 avril 2026."
            ),
        ),
        (budget(VerdictReason.WITHIN, "430"), "€430.00 spent out of €500.00.", "430,00~€ dépensés sur 500,00~€."),
        (
            budget(VerdictReason.WITHIN, "430", "50"),
            "€430.00 spent and €50.00 committed out of €500.00.",
            "430,00~€ dépensés et 50,00~€ engagés sur 500,00~€.",
        ),
        (
            budget(VerdictReason.OVER, "1620.5"),
            "€1,620.50 spent for a budget of €500.00: €1,120.50 too much.",
            "1_620,50~€ dépensés pour un budget de 500,00~€~: 1_120,50~€ de trop.",
        ),
        (
            budget(VerdictReason.OVER, "620", "100"),
            "€620.00 spent and €100.00 committed for a budget of €500.00: €220.00 too much.",
            "620,00~€ dépensés et 100,00~€ engagés pour un budget de 500,00~€~: 220,00~€ de trop.",
        ),
        (
            budget(VerdictReason.OVER_COMMITTED, "430", "100"),
            "€430.00 spent and €100.00 committed for a budget of €500.00: €30.00 too much.",
            "430,00~€ dépensés et 100,00~€ engagés pour un budget de 500,00~€~: 30,00~€ de trop.",
        ),
        (
            budget(VerdictReason.OVER_PLANNED, "430", projected=Decimal(600)),
            "€430.00 spent out of €500.00; with what is committed, planned and likely to be spent it comes to €600.00.",
            (
                "430,00~€ dépensés sur 500,00~€~; avec ce qui est engagé, prévu et sans doute encore dépensé, le total "
                "atteint 600,00~€."
            ),
        ),
        (budget(VerdictReason.NOTHING_SPENT, "0"), "Nothing spent out of €500.00.", "Rien de dépensé sur 500,00~€."),
        (
            budget(VerdictReason.NOTHING_KNOWN, None, lacking=("ads",)),
            "What was spent is unknown: no figures from ads. The budget is €500.00.",
            "Dépense inconnue~: aucun chiffre de ads. Budget~: 500,00~€.",
        ),
        (
            budget(VerdictReason.NO_SOURCE, None),
            "What was spent is unknown: no source provides spend, and the plan notes no cost. The budget is €500.00.",
            "Dépense inconnue~: aucune source ne la fournit, et le plan ne note aucun coût. Budget~: 500,00~€.",
        ),
        (
            budget(VerdictReason.PARTLY_KNOWN, "40", lacking=("ads",)),
            "€40.00 spent in the days that are known, out of €500.00; figures are missing from ads.",
            "40,00~€ dépensés sur les jours connus, pour 500,00~€~; il manque des chiffres de ads.",
        ),
        (
            budget(VerdictReason.TOO_FAST, "412", projected=Decimal(638), outlook=Outlook(TODAY, suggested=Decimal(8))),
            (
                "€412.00 spent of €500.00 so far; at this pace €638.00 by 30 April 2026: €138.00 too much. "
                "At most €8.00 a day from now on keeps it."
            ),
            (
                "412,00~€ dépensés sur 500,00~€ à ce jour~; à ce rythme, 638,00~€ d'ici au 30 avril 2026~: "
                "138,00~€ de trop. Pas plus de 8,00~€ par jour désormais pour le tenir."
            ),
        ),
        (
            budget(VerdictReason.TOO_FAST, "380", "90", projected=Decimal(560), outlook=Outlook(TODAY)),
            (
                "€380.00 spent and €90.00 committed of €500.00 so far; at this pace €560.00 by 30 April 2026: "
                "€60.00 too much."
            ),
            (
                "380,00~€ dépensés et 90,00~€ engagés sur 500,00~€ à ce jour~; à ce rythme, 560,00~€ d'ici au "
                "30 avril 2026~: 60,00~€ de trop."
            ),
        ),
        (
            budget(
                VerdictReason.TOO_SLOW,
                "100",
                projected=Decimal(200),
                outlook=Outlook(TODAY, suggested=Decimal("26.66")),
            ),
            (
                "€100.00 spent of €500.00 so far; at this pace €200.00 by 30 April 2026: €300.00 would be left. "
                "€26.66 a day from now on uses it."
            ),
            (
                "100,00~€ dépensés sur 500,00~€ à ce jour~; à ce rythme, 200,00~€ d'ici au 30 avril 2026~: "
                "il resterait 300,00~€. 26,66~€ par jour désormais pour l'employer."
            ),
        ),
        (
            budget(VerdictReason.STOPPED, "100", projected=Decimal(100)),
            (
                "€100.00 spent of €500.00 so far, and nothing any more on the last days that are settled, "
                "though it should be running."
            ),
            (
                "100,00~€ dépensés sur 500,00~€ à ce jour, et plus rien les derniers jours arrêtés, "
                "alors que l'action devrait tourner."
            ),
        ),
        (
            budget(VerdictReason.WITHIN, "430", projected=Decimal(480), outlook=Outlook(TODAY)),
            "€430.00 spent out of €500.00. At this pace it comes to €480.00 by 30 April 2026.",
            "430,00~€ dépensés sur 500,00~€. À ce rythme, 480,00~€ d'ici au 30 avril 2026.",
        ),
        (
            budget(VerdictReason.OVER, "630", high=Decimal(620), carried=Decimal(120)),
            "€630.00 spent for a budget of €500.00 and €120.00 left from before: €10.00 too much.",
            (
                "630,00~€ dépensés pour un budget de 500,00~€ et 120,00~€ restés des périodes précédentes~: "
                "10,00~€ de trop."
            ),
        ),
        (
            budget(VerdictReason.LEFT_UNKNOWN, "530", lacking=("ads",)),
            (
                "€530.00 spent for a budget of €500.00; whether what is left from before covers it is unknown: "
                "figures are missing from ads."
            ),
            (
                "530,00~€ dépensés pour un budget de 500,00~€~; on ne sait pas si le reste des périodes précédentes "
                "suffit~: il manque des chiffres de ads."
            ),
        ),
        (
            budget(VerdictReason.BEFORE, None),
            "Starts on 1 April 2026; the budget is €500.00.",
            "Commence le 1er avril 2026~; budget~: 500,00~€.",
        ),
    ],
)  # fmt: skip
def test_the_sentence_of_each_reason(judgement: Judgement, english: str, french: str) -> None:
    assert said(judgement, "en") == english
    assert said(judgement, "fr") == french


TABLE: list[Any] = next(mark.args[1] for mark in test_the_sentence_of_each_reason.pytestmark)  # type: ignore[attr-defined]


@pytest.mark.parametrize("reason", VerdictReason)
def test_every_reason_is_in_the_table_above(reason: VerdictReason) -> None:
    assert any(judgement.reason is reason for judgement, _, _ in TABLE)


# --- the figures of a mail -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("judgement", "english", "french"),
    [
        (
            target(VerdictReason.OUTCOME, "84"),
            ("short", "16 (16% of the target)"),
            ("short", f"16 (16{NB}% de l'objectif)"),
        ),
        (
            target(VerdictReason.OUTCOME, "0.02", unit=Unit.SHARE, low=Decimal("0.025")),
            ("short", "0.5 percentage points (20% of the target)"),
            ("short", f"0,5 point (20{NB}% de l'objectif)"),
        ),
        (
            target(VerdictReason.OUTCOME, "8.2", unit=Unit.POSITION, low=None, high=Decimal(5), bound=Bound.AT_MOST),
            ("excess", "3.2 places"),
            ("excess", "3,2 places"),
        ),
        (
            budget(VerdictReason.OVER_COMMITTED, "430", "100"),
            ("excess", "€30.00 (6% of the budget)"),
            ("excess", f"30,00{NB}€ (6{NB}% du budget)"),
        ),
        (
            target(VerdictReason.OUTCOME, "30", low=Decimal(10), high=Decimal(20), bound=Bound.BETWEEN),
            ("excess", "10 (50% of the target)"),
            ("excess", f"10 (50{NB}% de l'objectif)"),
        ),
        (target(VerdictReason.OUTCOME, "999", low=Decimal(1000)), ("short", "1"), ("short", "1")),  # 0 % would be odd
        (
            budget(VerdictReason.OVER, "50000"),
            ("excess", "€49,500.00"),
            ("excess", f"49{THIN}500,00{NB}€"),
        ),  # so would 9900 %
        (
            target(VerdictReason.OUTCOME, "5", low=None, high=Decimal(0), bound=Bound.AT_MOST),
            ("excess", "5"),
            ("excess", "5"),
        ),
        (target(VerdictReason.OUTCOME, "99.999"), None, None),  # it reads 0: the result says "just under 100"
        (target(VerdictReason.OUTCOME, "100"), None, None),
        (target(VerdictReason.OUTCOME, None), None, None),
    ],
)
def test_by_how_much_a_promise_is_not_kept(judgement: Judgement, english: Any, french: Any) -> None:
    assert (gap(judgement, translator_for("en")), gap(judgement, translator_for("fr"))) == (english, french)


@pytest.mark.parametrize(
    ("judgement", "english", "french"),
    [
        (target(VerdictReason.OUTCOME, "87"), "87", "87"),
        (target(VerdictReason.OUTCOME, "100"), "100", "100"),
        (target(VerdictReason.OUTCOME, "100.001"), "100", "100"),
        (target(VerdictReason.OUTCOME, "99.999"), "just under 100", "un peu moins de 100"),
        (
            target(VerdictReason.OUTCOME, "60.2", unit=Unit.SECONDS, low=None, high=Decimal(60), bound=Bound.AT_MOST),
            "just over 1 min 0 s",
            f"un peu plus de 1{NB}min 0{NB}s",
        ),
        (target(VerdictReason.OUTCOME, None), "unknown", "inconnu"),
    ],
)
def test_a_result_that_reads_like_the_bound_it_missed_is_said_to_be_beside_it(
    judgement: Judgement, english: str, french: str
) -> None:
    assert (result(judgement, translator_for("en")), result(judgement, translator_for("fr"))) == (english, french)


@pytest.mark.parametrize(
    ("low", "high", "kind", "english", "french"),
    [
        ("100", None, Bound.AT_LEAST, "at least 100", "au moins 100"),
        (None, "100", Bound.AT_MOST, "at most 100", "au plus 100"),
        ("10", "20", Bound.BETWEEN, "10 to 20", "10 à 20"),
    ],
)
def test_a_target_in_words(low: str | None, high: str | None, kind: Bound, english: str, french: str) -> None:
    limits = {"low": low and Decimal(low), "high": high and Decimal(high)}
    judgement = target(VerdictReason.OUTCOME, "1", bound=kind, **limits)
    assert (bound(judgement, translator_for("en")), bound(judgement, translator_for("fr"))) == (english, french)


def test_a_kpi_of_one_value_is_named_with_it() -> None:
    position = catalogue()["search_position"]
    assert kpi_name(position, translator_for("en")) == "Search position"
    assert kpi_name(position, translator_for("en"), "{name}") == "Search position for “{name}”"
    assert kpi_name(position, translator_for("fr"), "x") == f"Position dans les moteurs de recherche pour «{NB}x{NB}»"


PLAN = """
plan: P
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-06-30
people: {lead: {name: Lead, email: lead@shop.example}}
objectives: {grow: {name: Grow}}
actions:
  seo: {name: Search}
  fair: {name: Fair, when: {from: 2026-04-01, to: 2026-04-30}}
  letter: {name: Letter, when: {every: month, on: 1, lasts: 14 days}}
"""
MAY = Window(date(2026, 5, 1), date(2026, 6, 1))
JUNE = Window(date(2026, 6, 1), date(2026, 7, 1))
LAST_TURN = Window(date(2026, 6, 1), date(2026, 6, 15))
THIRD_OF_MAY = date(2026, 5, 3)


@pytest.fixture(scope="module")
def loaded() -> LoadedPlan:
    return parse_plan(Path("p"), PLAN, "", OptionModels())


def of(ref: str, scope: str = "action") -> dict[str, Any]:
    return {"subject": Subject(scope, ref, ref.capitalize(), "orders")}


def problem_of(judgement: Judgement | None, state: str = "refused") -> Alert:
    if judgement is None:
        return Alert("source/shop", "source", "shop", "source", "lead", state, {"en": "E", "fr": "F"})
    subject, sentences = judgement.subject, {language: said(judgement, language) for language in LANGUAGES}
    return Alert(
        "/".join(judgement.key), subject.scope, subject.ref, subject.key, "lead", judgement.verdict, sentences,
        judgement.period, judgement=judgement,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("judgement", "today", "kind"),
    [
        (target(VerdictReason.OUTCOME, "1", **of("seo")), THIRD_OF_MAY, "missed_again"),
        (target(VerdictReason.OUTCOME, "1", **of("seo"), period=JUNE), date(2026, 7, 3), "missed_over"),
        (target(VerdictReason.OUTCOME, "1", **of("fair")), THIRD_OF_MAY, "missed_over"),
        (target(VerdictReason.OUTCOME, "1", **of("seo"), per=Per.TOTAL), date(2026, 7, 3), "missed_over"),
        (target(VerdictReason.OUTCOME, "1", **of("letter"), per=Per.OCCURRENCE), THIRD_OF_MAY, "missed_turn"),
        (
            target(VerdictReason.OUTCOME, "1", **of("letter"), per=Per.OCCURRENCE, period=LAST_TURN),
            date(2026, 6, 20),
            "missed_over",
        ),
        (target(VerdictReason.CROSSED, "300", **of("seo"), period=MAY), THIRD_OF_MAY, "missed_running"),
        (target(VerdictReason.OUTCOME, "1", **of("grow", "objective")), THIRD_OF_MAY, "missed_objective"),
        (budget(VerdictReason.OVER, "620", **of("seo"), period=MAY), THIRD_OF_MAY, "over"),
        (budget(VerdictReason.OVER, "620", **of("seo")), THIRD_OF_MAY, "over_past"),
        (budget(VerdictReason.OVER_COMMITTED, "430", "100", **of("seo"), period=MAY), THIRD_OF_MAY, "over_committed"),
        (budget(VerdictReason.OVER, "620", **of("p", "plan"), period=MAY), THIRD_OF_MAY, "over_plan"),
        (None, THIRD_OF_MAY, "refused"),
    ],
)
def test_what_a_mail_advises(loaded: LoadedPlan, judgement: Judgement | None, today: date, kind: str) -> None:
    assert advice(problem_of(judgement), loaded, today) == kind
    assert f"advice.{kind}" in ENGLISH


@pytest.mark.parametrize(
    ("judgement", "bar"),
    [
        (target(VerdictReason.OUTCOME, "84"), Bar(84)),
        (target(VerdictReason.OUTCOME, "99.9"), Bar(99)),  # what is missed is never shown full
        (target(VerdictReason.OUTCOME, "0"), Bar(0)),
        (target(VerdictReason.OUTCOME, "-20"), Bar(0)),
        (target(VerdictReason.OUTCOME, "5", low=Decimal(0)), None),
        (target(VerdictReason.OUTCOME, None), None),
        (budget(VerdictReason.OVER, "1000"), Bar(50, 50)),
        (budget(VerdictReason.OVER_COMMITTED, "430", "100"), Bar(94, 6)),
        (budget(VerdictReason.OVER, "500.01"), Bar(99, 1)),  # nor is what is too much hidden
        (target(VerdictReason.CROSSED, "8", low=None, high=Decimal(0), bound=Bound.AT_MOST), Bar(0, 100)),
    ],
)
def test_the_bar_shows_what_is_there_and_what_is_too_much(
    loaded: LoadedPlan, judgement: Judgement, bar: Bar | None
) -> None:
    standing = MailContext(loaded, {}, THIRD_OF_MAY, None)
    news = Notification(Step.OPENED, 1, (1,), "Search", Role.YOU, problem=problem_of(judgement))
    assert item(standing, news, translator_for("en")).bar == bar
