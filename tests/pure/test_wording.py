"""Everything that is said, in both languages: nothing missing, nothing a template, written as people write it."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Message as Found
from hypothesis import example, given, settings
from hypothesis import strategies as st
from texts_found import texts_found

from config.catalogue import catalogue
from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.loading.loader import parse_plan
from config.message import Message
from config.periods import Duration, Window
from config.plan import Bound, Per
from config.relative import ComparedWith, Relative
from config.vocabulary import Dimension, Unit
from connectors.registry import OptionModels
from worker.flags.notification import MailContext, Notification, Role
from worker.model.base_value import BaseValue
from worker.model.flag import Alert
from worker.model.flag import FlagReason as Step
from worker.model.labels import SoughtLabel, UnseenLabel
from worker.model.rounding import rounded
from worker.model.verdict import FINAL, Figure, Judgement, Outlook, Phase, Subject, UnknownPart, Verdict, VerdictReason
from worker.notify.advice import ADVICE, advice
from worker.notify.item import Bar, item
from worker.wording import LANGUAGES, translator_for
from worker.wording.sentences import bound, gap, kpi_name, result, sentence

#: the two no-break spaces of French typography: before : ; ? ! % € » and inside numbers
NB, THIN = "\u00a0", "\u202f"


# --- the parts of a text are never read as one ----------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "value", ["{0.__class__}", "{name}", "{plan}", "{{7*7}}", "${x}", "%(y)s", "\\1 \\g<0>", "a\0b", "", "é : « x »"]
)
def test_a_value_that_looks_like_a_template_is_printed_as_it_is(language: Language, value: str) -> None:
    say = translator_for(language).say
    assert say("Hello {name},", name=value) in (f"Hello {value},", f"Bonjour {value},")
    assert value in say("{plan}: {headline}", plan=value, headline="{plan}")
    assert say("{plan}: {headline}", plan="P", headline=value).endswith(value)


@settings(max_examples=50)
@given(st.sampled_from(LANGUAGES), st.sampled_from([one for one in texts_found() if one.id]), st.text())
def test_every_text_takes_any_text_for_its_parts(language: Language, found: Found, value: str) -> None:
    one, many = (found.id, "") if isinstance(found.id, str) else found.id
    parts = re.findall(r"\{(\w+)\}", many or one)
    translator, given = translator_for(language), dict.fromkeys(parts, value)
    said = translator.say(Message(one, tuple(given.items()), many, 2))
    assert said.count(value) >= len(set(parts))


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
        ("59", Unit.SECONDS, "", f"59{NB}s", f"59{NB}s"),
        ("62", Unit.SECONDS, "", f"1{NB}min 2{NB}s", f"1{NB}min 2{NB}s"),
        ("60", Unit.SECONDS, "", f"1{NB}min 0{NB}s", f"1{NB}min 0{NB}s"),
        ("3723.4", Unit.SECONDS, "", f"62{NB}min 3{NB}s", f"62{NB}min 3{NB}s"),
        ("-62", Unit.SECONDS, "", f"-1{NB}min 2{NB}s", f"-1{NB}min 2{NB}s"),
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
        ("0.005", Unit.SHARE, f"0.5{NB}percentage points", f"0,5{NB}point"),
        ("0.01", Unit.SHARE, f"1{NB}percentage point", f"1{NB}point"),
        ("0.02", Unit.SHARE, f"2{NB}percentage points", f"2{NB}points"),
        ("3.2", Unit.POSITION, f"3.2{NB}places", f"3,2{NB}places"),
        ("1", Unit.POSITION, f"1{NB}place", f"1{NB}place"),
        ("12", Unit.POINTS, f"12{NB}points", f"12{NB}points"),
        ("1", Unit.POINTS, f"1{NB}point", f"1{NB}point"),
        ("16", Unit.COUNT, "16", "16"),
        ("90", Unit.SECONDS, f"1{NB}min 30{NB}s", f"1{NB}min 30{NB}s"),
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
        (Duration(14, "day"), f"14{NB}days", f"14{NB}jours"),
        (Duration(1, "month"), "month", "mois"),
        (Duration(3, "month"), f"3{NB}months", f"3{NB}mois"),
        (Duration(2, "year"), f"2{NB}years", f"2{NB}ans"),
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


UNSEEN_CAMPAIGN = UnseenLabel(SoughtLabel(((Dimension.CAMPAIGN, ("spring-newz-*",)),)), "spring-news.com")
UNSEEN_PAIR = UnseenLabel(SoughtLabel(((Dimension.SOURCE, ("google",)), (Dimension.MEDIUM, ("cpc", "ppc")))))
UNSEEN_CHANNEL = UnseenLabel(SoughtLabel(((Dimension.CHANNEL, ("Organic Search",)),)))


MORE = Relative(Decimal("0.25"), ComparedWith.LAST_YEAR)
LAST_APRIL = Window(date(2025, 4, 1), date(2025, 5, 1))


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


ENDS_AT_700 = Outlook(APRIL.start, expected=Decimal(700), low=Decimal(620), high=Decimal(785), chance=0.04)


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
            "87 orders (target: at least 100).",
            "87 commandes (objectif~: au moins 100).",
        ),
        (
            target(VerdictReason.OUTCOME, "1"),
            "Orders: 1 (target: at least 100).",
            "Commandes~: 1 (objectif~: au moins 100).",
        ),
        (
            target(VerdictReason.OUTCOME, "0.021", kpi="conversion_rate", unit=Unit.SHARE, low=Decimal("0.025")),
            "Conversion rate: 2.1% (target: at least 2.5%).",
            "Taux de conversion~: 2,1~% (objectif~: au moins 2,5~%).",
        ),
        (
            target(VerdictReason.OUTCOME, "0.02499", kpi="conversion_rate", unit=Unit.SHARE, low=Decimal("0.025")),
            "Conversion rate: just under 2.5% (target: at least 2.5%).",
            "Taux de conversion~: un peu moins de 2,5~% (objectif~: au moins 2,5~%).",
        ),
        (
            target(
                VerdictReason.OUTCOME, "8.2", kpi="search_position", breakdown="linen dress", unit=Unit.POSITION,
                low=None, high=Decimal(5), bound=Bound.AT_MOST,
            ),
            "Search position for “linen dress”: 8.2 (target: at most 5).",
            (
                "Position dans les moteurs de recherche pour «~linen dress~»~: 8,2 (objectif~: au plus 5)."
            ),
        ),
        (
            target(VerdictReason.OUTCOME, "723", high=Decimal(20), low=Decimal(10), bound=Bound.BETWEEN),
            "723 orders (target: between 10 and 20).",
            "723 commandes (objectif~: entre 10 et 20).",
        ),
        (
            target(VerdictReason.REACHED, "120"),
            "120 orders so far; target already met (at least 100).",
            "120 commandes à ce jour~; objectif déjà atteint (au moins 100).",
        ),
        (
            target(VerdictReason.CROSSED, "120", low=None, high=Decimal(100), bound=Bound.AT_MOST),
            "120 orders so far; limit already exceeded (at most 100).",
            "120 commandes à ce jour~; limite déjà dépassée (au plus 100).",
        ),
        (
            target(VerdictReason.RUNNING, "14"),
            "14 orders so far (target: at least 100 by 30 April 2026); no forecast yet.",
            (
                "14 commandes à ce jour (objectif~: au moins 100 d’ici au 30 avril 2026)~; pas encore de "
                "prévision."
            ),
        ),
        (
            target(VerdictReason.RUNNING, None),
            "Orders: no value yet (target: at least 100 by 30 April 2026).",
            "Commandes~: pas encore de valeur (objectif~: au moins 100 d’ici au 30 avril 2026).",
        ),
        (
            target(VerdictReason.OUTCOME, "99.999"),
            "Orders: just under 100 (target: at least 100).",
            "Commandes~: un peu moins de 100 (objectif~: au moins 100).",
        ),
        (
            target(VerdictReason.UNSETTLED, "87"),
            "87 orders (target: at least 100); figures still provisional.",
            "87 commandes (objectif~: au moins 100)~; chiffres encore provisoires.",
        ),
        (
            target(VerdictReason.NOTHING_KNOWN, None, lacking=("shop",)),
            "Orders: no figures from the source shop (target: at least 100).",
            "Commandes~: aucun chiffre de la source shop (objectif~: au moins 100).",
        ),
        (
            target(VerdictReason.NOTHING_KNOWN, None),
            "Orders: no figures from any source (target: at least 100).",
            "Commandes~: aucun chiffre d’aucune source (objectif~: au moins 100).",
        ),
        (
            target(VerdictReason.PART_UNKNOWN, "40", unknown=UnknownPart(days=(date(2026, 4, 3), date(2026, 4, 7)))),
            (
                "40 orders (target: at least 100), not counting unknown amounts on 3 April 2026 and 7 April 2026; "
                "no verdict while that could decide."
            ),
            (
                "40 commandes (objectif~: au moins 100), sans compter des montants inconnus "
                "(3 avril 2026 et 7 avril 2026)~; pas de verdict tant que cela peut tout changer."
            ),
        ),
        (
            target(VerdictReason.PARTLY_KNOWN, "40", lacking=("a", "b")),
            (
                "40 orders on known days (target: at least 100); figures missing from the sources a and b."
            ),
            (
                "40 commandes sur les jours connus (objectif~: au moins 100)~; il manque des chiffres "
                "des sources a et b."
            ),
        ),
        (
            target(VerdictReason.NO_RATIO, None, kpi="open_rate", unit=Unit.SHARE, low=Decimal("0.2")),
            "Open rate: no value, as there was nothing to measure (target: at least 20%).",
            (
                "Taux d’ouverture~: pas de valeur, faute d’activité à mesurer (objectif~: au moins 20~%)."
            ),
        ),
        (
            target(VerdictReason.NO_SOURCE, None, lacking=("orders", "sessions")),
            "Orders can’t be measured: no source provides orders or visits.",
            "Commandes~: non mesurable, aucune source ne fournit commandes ou visites.",
        ),
        (
            target(VerdictReason.NO_TRACKING, None, kpi="sessions"),
            "Visits can’t be measured: the plan gives this action no tracking (tracked_by).",
            (
                "Visites~: non mesurable, le plan ne définit aucun suivi (tracked_by) pour cette action."
            ),
        ),
        (
            target(VerdictReason.NO_TRACE, None, lacking=("campaign", "coupon")),
            "Orders can’t be measured: its source has no figures by campaign or coupon.",
            (
                "Commandes~: non mesurable, sa source ne donne pas de chiffres par campagne ou code promo."
            ),
        ),
        (
            target(VerdictReason.UNSEEN, None, unseen=(UNSEEN_CAMPAIGN, UNSEEN_PAIR)),
            (
                "Orders can’t be measured: nothing carries campaign “spring-newz-*” (nearest: “spring-news[.]com”) or "
                "traffic source “google” with medium “cpc” or “ppc”; target: at least 100."
            ),
            (
                "Commandes~: non mesurable, aucun chiffre ne porte l’étiquette campagne «~spring-newz-*~» (la plus "
                "proche~: «~spring-news[.]com~») ou source de trafic «~google~» avec support «~cpc~» ou «~ppc~»~; "
                "objectif~: au moins 100."
            ),
        ),
        (
            target(VerdictReason.NOT_SEEN_YET, None, unseen=(UNSEEN_CHANNEL,)),
            "Orders: not seen yet; so far nothing carries channel “Organic Search”; target: at least 100.",
            (
                "Commandes~: pas encore vu~; pour l’instant, aucun chiffre ne porte l’étiquette canal «~Recherche "
                "naturelle~»~; objectif~: au moins 100."
            ),
        ),
        (
            budget(VerdictReason.UNSEEN, None, unseen=(UNSEEN_CHANNEL,)),
            "Spend can’t be measured: nothing carries channel “Organic Search”; budget: €500.00.",
            (
                "Dépenses non mesurables, aucun chiffre ne porte l’étiquette canal «~Recherche naturelle~»~; budget~: "
                "500,00~€."
            ),
        ),
        (
            budget(VerdictReason.UNSEEN, "180", unseen=(UNSEEN_CHANNEL,)),
            (
                "€180.00 spent of €500.00 in the plan’s own costs; spend beyond them unknown: nothing carries channel "
                "“Organic Search”."
            ),
            (
                "180,00~€ dépensés sur 500,00~€, pour les coûts inscrits au plan~; dépenses au-delà inconnues, aucun "
                "chiffre ne porte l’étiquette canal «~Recherche naturelle~»."
            ),
        ),
        (
            target(VerdictReason.NO_BASE, "50", low=None, base=BaseValue(MORE, LAST_APRIL)),
            (
                "50 orders. The target (at least +25% on last year) has no value: figures missing for April 2025. Add "
                "the earlier value to the plan (baseline)."
            ),
            (
                "50 commandes. L’objectif (au moins +25~% par rapport à l’an dernier) n’a pas de valeur~: chiffres "
                "manquants (avril 2025). Ajoutez la valeur antérieure au plan (baseline)."
            ),
        ),
        (
            target(VerdictReason.NO_BASE, None, low=None, base=BaseValue(MORE, LAST_APRIL, Decimal(0))),
            (
                "Orders: unknown. The target (at least +25% on last year) has no value: the figure for April 2025 is "
                "0. Add "
                "the earlier value to the plan (baseline)."
            ),
            (
                "Commandes~: inconnu. L’objectif (au moins +25~% par rapport à l’an dernier) n’a pas de valeur~: le "
                "chiffre est 0 (avril 2025). Ajoutez la valeur antérieure au plan (baseline)."
            ),
        ),
        (
            target(VerdictReason.BASE_AWAITED, "3", low=None, base=BaseValue(MORE, LAST_APRIL, is_awaited=True)),
            "3 orders. The target (at least +25% on last year) is set once the figures for April 2025 are final.",
            (
                "3 commandes. L’objectif (au moins +25~% par rapport à l’an dernier) sera fixé quand les chiffres "
                "seront définitifs (avril 2025)."
            ),
        ),
        (
            target(VerdictReason.OUTCOME, "90", base=BaseValue(MORE, LAST_APRIL, Decimal(80), is_usable=True)),
            "90 orders (target: at least 100 [+25% on last year: 80]).",
            "90 commandes (objectif~: au moins 100 [+25~% par rapport à l’an dernier~: 80]).",
        ),
        (
            target(VerdictReason.BEFORE, None),
            "Starts on 1 April 2026 (target: at least 100).",
            "Commence le 1er avril 2026 (objectif~: au moins 100).",
        ),
        (
            ahead(VerdictReason.UNLIKELY, "31", Outlook(MID_APRIL, pace=Decimal(47), chance=0.004, **FORESEEN)),
            (
                "31 orders so far (expected by now: 47; target: at least 100 by 30 April 2026). Likely "
                "to end between 58 and 74; chance of meeting the target: under 1%."
            ),
            (
                "31 commandes à ce jour (attendu~: 47~; objectif~: au moins 100 d’ici au 30 avril 2026). "
                "Résultat final probable~: entre 58 et 74~; chances d’atteindre l’objectif~: moins de 1~%."
            ),
        ),
        (
            ahead(VerdictReason.LIKELY, "52", Outlook(MID_APRIL, pace=Decimal(47), chance=0.874, **FORESEEN)),
            (
                "52 orders so far (expected by now: 47; target: at least 100 by 30 April 2026). Likely "
                "to end between 58 and 74; chance of meeting the target: about 87%."
            ),
            (
                "52 commandes à ce jour (attendu~: 47~; objectif~: au moins 100 d’ici au 30 avril 2026). "
                "Résultat final probable~: entre 58 et 74~; chances d’atteindre l’objectif~: environ 87~%."
            ),
        ),
        (
            ahead(VerdictReason.PROVED, "0.021", Outlook(MID_APRIL, limit=Decimal("0.028")), **RATE),
            (
                "Conversion rate: 2.1% so far (target: at least 3% by 30 April 2026). Chance alone does "
                "not explain the gap: the true value is below 2.8% (95% confidence)."
            ),
            (
                "Taux de conversion~: 2,1~% à ce jour (objectif~: au moins 3~% d’ici au 30 avril 2026). "
                "Le hasard seul n’explique pas l’écart~: la vraie valeur est inférieure à 2,8~% "
                "(confiance de 95~%)."
            ),
        ),
        (
            ahead(VerdictReason.PROVED, "31", Outlook(MID_APRIL, pace=Decimal(47))),
            (
                "31 orders so far (expected by now: 47; target: at least 100 by 30 April 2026). Chance "
                "alone does not explain the gap."
            ),
            (
                "31 commandes à ce jour (attendu~: 47~; objectif~: au moins 100 d’ici au 30 avril 2026). "
                "Le hasard seul n’explique pas l’écart."
            ),
        ),
        (
            ahead(VerdictReason.UNLIKELY, "52", Outlook(MID_APRIL, pace=Decimal(47), chance=0.08, **FORESEEN)),
            (
                "52 orders so far (expected by now: 47; target: at least 100 by 30 April 2026). On target so far, but "
                "history suggests it will not last. Likely to end between 58 and 74; chance of meeting the target: "
                "about 8%."
            ),
            (
                "52 commandes à ce jour (attendu~: 47~; objectif~: au moins 100 d’ici au 30 avril 2026). Conforme à "
                "l’objectif à ce jour, mais l’historique laisse penser que cela ne durera pas. Résultat final "
                "probable~: entre 58 et 74~; chances d’atteindre l’objectif~: environ 8~%."
            ),
        ),
        (
            ahead(VerdictReason.DOUBTFUL, "31", Outlook(MID_APRIL, pace=Decimal(47), chance=0.14, **FORESEEN)),
            (
                "31 orders so far (expected by now: 47; target: at least 100 by 30 April 2026). Likely to miss the "
                "target, but not yet sure enough for an alert. Likely to end between 58 and 74; chance of meeting the "
                "target: about 14%."
            ),
            (
                "31 commandes à ce jour (attendu~: 47~; objectif~: au moins 100 d’ici au 30 avril 2026). L’objectif "
                "ne sera probablement pas atteint, mais ce n’est pas encore assez sûr pour une alerte. Résultat final "
                "probable~: entre 58 et 74~; chances d’atteindre l’objectif~: environ 14~%."
            ),
        ),
        (
            ahead(VerdictReason.BEHIND, "44", Outlook(MID_APRIL, pace=Decimal(47), chance=0.43, **FORESEEN)),
            (
                "44 orders so far (expected by now: 47; target: at least 100 by 30 April 2026). Could go either way: "
                "likely to end between 58 and 74; chance of meeting the target: about 43%."
            ),
            (
                "44 commandes à ce jour (attendu~: 47~; objectif~: au moins 100 d’ici au 30 avril 2026). Issue "
                "incertaine~: résultat final probable entre 58 et 74~; chances d’atteindre l’objectif~: environ 43~%."
            ),
        ),
        (
            ahead(
                VerdictReason.TOO_FEW, "14",
                Outlook(MID_APRIL, pace=Decimal(47), sample=14, needed=107, sayable_on=date(2026, 4, 28)),
            ),
            (
                "14 orders so far (expected by now: 47; target: at least 100 by 30 April 2026). Only 14 "
                "on final days; about 107 needed to tell (around 28 April 2026)."
            ),
            (
                "14 commandes à ce jour (attendu~: 47~; objectif~: au moins 100 d’ici au 30 avril 2026). "
                "Seulement 14 sur les jours définitifs~; il en faut environ 107 pour conclure (vers le "
                "28 avril 2026)."
            ),
        ),
        (
            ahead(VerdictReason.TOO_FEW, "14", Outlook(MID_APRIL, sample=14, needed=107)),
            (
                "14 orders so far (target: at least 100 by 30 April 2026). Only 14 on final days; about "
                "107 needed to tell, more than the period will bring."
            ),
            (
                "14 commandes à ce jour (objectif~: au moins 100 d’ici au 30 avril 2026). Seulement 14 "
                "sur les jours définitifs~; il en faut environ 107 pour conclure, plus que la période "
                "n’en apportera."
            ),
        ),
        (
            ahead(VerdictReason.TOO_EARLY, "14", Outlook(MID_APRIL, sayable_on=date(2026, 4, 28))),
            (
                "14 orders so far (target: at least 100 by 30 April 2026). Too few final days to tell; "
                "probably enough from 28 April 2026."
            ),
            (
                "14 commandes à ce jour (objectif~: au moins 100 d’ici au 30 avril 2026). Trop peu de "
                "jours définitifs pour conclure~; sans doute assez à partir du 28 avril 2026."
            ),
        ),
        (budget(VerdictReason.WITHIN, "430"), "€430.00 spent of €500.00.", (
    "430,00~€ dépensés sur 500,00~€."
)),
        (
            budget(VerdictReason.WITHIN, "430", "50"),
            "€430.00 spent and €50.00 committed of €500.00.",
            "430,00~€ dépensés et 50,00~€ engagés sur 500,00~€.",
        ),
        (
            budget(VerdictReason.OVER, "1620.5"),
            "€1,620.50 spent, €1,120.50 over the budget of €500.00.",
            "1_620,50~€ dépensés, soit 1_120,50~€ de plus que le budget (500,00~€).",
        ),
        (
            budget(VerdictReason.OVER, "620", "100"),
            "€620.00 spent and €100.00 committed, €220.00 over the budget of €500.00.",
            "620,00~€ dépensés et 100,00~€ engagés, soit 220,00~€ de plus que le budget (500,00~€).",
        ),
        (
            budget(VerdictReason.OVER_COMMITTED, "430", "100"),
            "€430.00 spent and €100.00 committed, €30.00 over the budget of €500.00.",
            "430,00~€ dépensés et 100,00~€ engagés, soit 30,00~€ de plus que le budget (500,00~€).",
        ),
        (
            budget(VerdictReason.OVER_PLANNED, "430", projected=Decimal(600)),
            "€430.00 spent of €500.00; with committed, planned and expected spend: €600.",
            (
                "430,00~€ dépensés sur 500,00~€~; avec les dépenses engagées, prévues et attendues~: 600~€."
            ),
        ),
        (budget(VerdictReason.NOTHING_SPENT, "0"), "Nothing spent of €500.00.", (
    "Aucune dépense sur 500,00~€."
)),
        (
            budget(VerdictReason.NOTHING_KNOWN, None, lacking=("ads",)),
            "Spend unknown: no figures from the source ads (budget: €500.00).",
            "Dépenses inconnues~: aucun chiffre de la source ads (budget~: 500,00~€).",
        ),
        (
            budget(VerdictReason.NO_SOURCE, None),
            "Spend unknown: no source provides it and the plan lists no costs (budget: €500.00).",
            (
                "Dépenses inconnues~: aucune source ne les fournit et le plan n’indique aucun coût "
                "(budget~: 500,00~€)."
            ),
        ),
        (
            budget(VerdictReason.PART_UNKNOWN, "40", unknown=UnknownPart(money=(("QAR", Decimal(400)),))),
            (
                "€40.00 spent of €500.00, not counting QAR~400.00 without an exchange rate (add it to the plan: "
                "rates); no verdict while that could decide."
            ),
            (
                "40,00~€ dépensés sur 500,00~€, sans compter 400,00~QAR sans taux de change (à indiquer dans le "
                "plan~: rates)~; pas de verdict tant que cela peut tout changer."
            ),
        ),
        (
            budget(VerdictReason.PARTLY_KNOWN, "40", lacking=("ads",)),
            "€40.00 spent of €500.00 on known days; figures missing from the source ads.",
            (
                "40,00~€ dépensés sur 500,00~€ pour les jours connus~; il manque des chiffres de la source ads."
            ),
        ),
        (
            budget(VerdictReason.TOO_FAST, "412", projected=Decimal(638), outlook=Outlook(TODAY, suggested=Decimal(8))),
            (
                "€412.00 spent of €500.00 so far; at this pace €638 by 30 April 2026, €138 over "
                "budget. To stay within budget: at most €8.00 a day from now on."
            ),
            (
                "412,00~€ dépensés sur 500,00~€ à ce jour~; à ce rythme, 638~€ d’ici au 30 avril "
                "2026, soit 138~€ de trop. Pour tenir le budget~: au plus 8,00~€ par jour désormais."
            ),
        ),
        (
            budget(VerdictReason.TOO_FAST, "380", "90", projected=Decimal(560), outlook=Outlook(TODAY)),
            (
                "€380.00 spent and €90.00 committed of €500.00 so far; at this pace €560 by 30 April "
                "2026, €60 over budget."
            ),
            (
                "380,00~€ dépensés et 90,00~€ engagés sur 500,00~€ à ce jour~; à ce rythme, 560~€ "
                "d’ici au 30 avril 2026, soit 60~€ de trop."
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
                "€100.00 spent of €500.00 so far; at this pace €200 by 30 April 2026, €300 left "
                "over. To use all of it: €26.66 a day from now on."
            ),
            (
                "100,00~€ dépensés sur 500,00~€ à ce jour~; à ce rythme, 200~€ d’ici au 30 avril "
                "2026, soit 300~€ inutilisés. Pour l’utiliser en entier~: 26,66~€ par jour désormais."
            ),
        ),
        (
            budget(VerdictReason.STOPPED, "100", projected=Decimal(100)),
            (
                "€100.00 spent of €500.00 so far, but no source reports any spend on the latest final days, "
                "although it should be running."
            ),
            (
                "100,00~€ dépensés sur 500,00~€ à ce jour, mais aucune source ne signale de dépenses sur les derniers "
                "jours définitifs, alors que l’action devrait être en cours."
            ),
        ),
        (
            budget(VerdictReason.NEVER_SPENT, "100", projected=Decimal(100)),
            (
                "€100.00 spent of €500.00 so far, all of it costs noted in the plan; no source reports any spend, "
                "although it should be running."
            ),
            (
                "100,00~€ dépensés sur 500,00~€ à ce jour, uniquement des coûts notés dans le plan~; aucune source "
                "ne signale de dépenses, alors que l’action devrait être en cours."
            ),
        ),
        (
            budget(VerdictReason.WITHIN, "430", projected=Decimal("512.40"), outlook=Outlook(TODAY)),
            (
                "€430.00 spent of €500.00. At this pace: €512 by 30 April 2026, €12 over budget, which is within "
                "its usual variation."
            ),
            (
                "430,00~€ dépensés sur 500,00~€. À ce rythme~: 512~€ d’ici au 30 avril 2026, soit 12~€ de plus que "
                "le budget, ce qui reste dans la variation habituelle."
            ),
        ),
        (
            budget(VerdictReason.WITHIN, "430", projected=Decimal(480), outlook=Outlook(TODAY)),
            "€430.00 spent of €500.00. At this pace: €480 by 30 April 2026.",
            "430,00~€ dépensés sur 500,00~€. À ce rythme~: 480~€ d’ici au 30 avril 2026.",
        ),
        (
            budget(VerdictReason.OVER, "630", high=Decimal(620), carried=Decimal(120)),
            "€630.00 spent, €10.00 over the budget of €500.00 plus €120.00 carried over.",
            (
                "630,00~€ dépensés, soit 10,00~€ de plus que le budget (500,00~€ plus 120,00~€ reportés)."
            ),
        ),
        (
            budget(VerdictReason.LEFT_UNKNOWN, "530", lacking=("ads",)),
            (
                "€530.00 spent, budget €500.00; whether money left from earlier periods covers it is "
                "unknown: figures missing from the source ads."
            ),
            (
                "530,00~€ dépensés, budget 500,00~€~; on ne sait pas si le reliquat des périodes "
                "précédentes suffit~: il manque des chiffres de la source ads."
            ),
        ),
        (
            budget(VerdictReason.BEFORE, None),
            "Starts on 1 April 2026 (budget: €500.00).",
            "Commence le 1er avril 2026 (budget~: 500,00~€).",
        ),
        (
            budget(VerdictReason.NOT_YET, None),
            "No figures yet (budget: €500.00).",
            "Pas encore de chiffres (budget~: 500,00~€).",
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
            ("Short by", "16 (16% of the target)"),
            ("Manque", f"16 (16{NB}% de l’objectif)"),
        ),
        (
            target(VerdictReason.OUTCOME, "0.02", unit=Unit.SHARE, low=Decimal("0.025")),
            ("Short by", f"0.5{NB}percentage points (20% of the target)"),
            ("Manque", f"0,5{NB}point (20{NB}% de l’objectif)"),
        ),
        (
            target(VerdictReason.OUTCOME, "8.2", unit=Unit.POSITION, low=None, high=Decimal(5), bound=Bound.AT_MOST),
            ("Over by", f"3.2{NB}places"),
            ("Dépassement", f"3,2{NB}places"),
        ),
        (
            budget(VerdictReason.OVER_COMMITTED, "430", "100"),
            ("Over by", "€30.00 (6% of the budget)"),
            ("Dépassement", f"30,00{NB}€ (6{NB}% du budget)"),
        ),
        (
            target(VerdictReason.OUTCOME, "30", low=Decimal(10), high=Decimal(20), bound=Bound.BETWEEN),
            ("Over by", "10 (50% of the target)"),
            ("Dépassement", f"10 (50{NB}% de l’objectif)"),
        ),
        (
            target(VerdictReason.OUTCOME, "999", low=Decimal(1000)),
            ("Short by", "1"),
            ("Manque", "1"),
        ),  # 0 % would be odd
        (
            budget(VerdictReason.OVER, "50000"),
            ("Over by", "€49,500.00"),
            ("Dépassement", f"49{THIN}500,00{NB}€"),
        ),  # so would 9900 %
        (
            target(VerdictReason.OUTCOME, "5", low=None, high=Decimal(0), bound=Bound.AT_MOST),
            ("Over by", "5"),
            ("Dépassement", "5"),
        ),
        (
            ahead(VerdictReason.UNLIKELY, "412.50", ENDS_AT_700, unit=Unit.MONEY, currency="EUR", low=Decimal(900)),
            ("Likely short by", "€200 (22% of the target)"),
            ("Manque probable", f"200{NB}€ (22{NB}% de l’objectif)"),
        ),  # what is still to come is not missing
        (
            ahead(VerdictReason.UNLIKELY, "40", ENDS_AT_700, low=None, high=Decimal(500), bound=Bound.AT_MOST),
            ("Likely over by", "200 (40% of the target)"),
            ("Dépassement probable", f"200 (40{NB}% de l’objectif)"),
        ),
        (ahead(VerdictReason.PROVED, "40", Outlook(APRIL.start)), None, None),  # of a sum nobody can tell yet
        (
            ahead(
                VerdictReason.PROVED,
                "0.02",
                Outlook(APRIL.start),
                unit=Unit.SHARE,
                low=Decimal("0.025"),
                figure=Figure(Decimal("0.02"), FINAL, Decimal(20), Decimal(1000)),
            ),
            ("Short by", f"0.5{NB}percentage points (20% of the target)"),
            ("Manque", f"0,5{NB}point (20{NB}% de l’objectif)"),
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
            f"just over 1{NB}min 0{NB}s",
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
        ("10", "20", Bound.BETWEEN, "between 10 and 20", "entre 10 et 20"),
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
        (target(VerdictReason.OUTCOME, "1", **of("letter"), per=Per.OCCURRENCE), THIRD_OF_MAY, "missed_occurrence"),
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
    assert kind in ADVICE


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


# --- numbers of any size -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "english", "french"),
    [
        ("1E+30", Unit.COUNT, "1E30", "1E30"),
        ("-1234.5E+27", Unit.RATIO, "-1.23E30", "-1,23E30"),
        ("1E+400", Unit.MONEY, "1E400\u00a0EUR", "1E400\u00a0EUR"),
        ("1E+30", Unit.SHARE, "1E32%", "1E32\u00a0%"),
        ("1E+30", Unit.SECONDS, "1E30\u00a0s", "1E30\u00a0s"),
        ("1E-400", Unit.COUNT, "0", "0"),
        ("NaN", Unit.COUNT, "unknown", "inconnu"),
        ("-Infinity", Unit.MONEY, "unknown", "inconnu"),
    ],
)
def test_a_number_beyond_what_anybody_counts_is_written_by_its_power_of_ten(
    value: str, unit: Unit, english: str, french: str
) -> None:
    said = [translator_for(language).number(Decimal(value), unit, "EUR") for language in ("en", "fr")]
    assert said == [english, french]


@given(st.decimals(allow_nan=False, allow_infinity=False), st.sampled_from(Unit), st.sampled_from(LANGUAGES))
def test_every_number_can_be_written(value: Decimal, unit: Unit, language: Language) -> None:
    translator = translator_for(language)
    for write in (translator.number, translator.difference, translator.in_full):
        assert write(value, unit, "EUR")
    assert translator.percent(value)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
@example(Decimal("1E+400"))
def test_every_amount_can_be_rounded_to_the_cent(value: Decimal) -> None:
    assert abs(rounded(value, Decimal("0.01")) - value) <= abs(value) * Decimal("1E-27") + Decimal("0.005")


def test_nothing_of_ours_rounds_in_a_way_that_refuses_large_numbers() -> None:
    ours = [
        path
        for path in (Path(__file__).resolve().parents[2] / "worker").rglob("*.py")
        if path.name not in ("rounding.py", "translator.py")
    ]
    bare = re.compile(r"\.quantize\((?!palette)|\bformat_(decimal|currency|percent)\(")
    assert [str(path) for path in ours if bare.search(path.read_text(encoding="utf-8"))] == []
