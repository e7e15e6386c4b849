"""The command line in the user's language: help, mistakes, what commands answer, the first plan."""

import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Vigie
from pseudo_locale import bracketed, speak_pseudo, untranslated
from rich.console import Console

from config.environment import language_of_locale
from config.periods import DAY, Window
from worker.cli import arguments, demo, terminal
from worker.cli.arguments import COMMANDS, STEPS
from worker.cli.progress import how_far
from worker.collect.collector import CollectionOutcome
from worker.wording import translator_for

PLAN = """
plan: Printemps 2026
currency: EUR
timezone: Europe/Paris
language: fr
starts: 2026-05-01
ends: 2026-06-30
people:
  lea: {name: Léa Martin, email: lea@boutique.example}
objectives:
  ventes: {name: Vendre plus, responsible: lea, targets: [{kpi: revenue, at_least: 10000}]}
actions:
  lettre:
    name: Lettre
    techniques: [email]
    objectives: [ventes]
    responsible: lea
    when: {every: month, on: 1, lasts: 14 days}
    budget: {amount: 500, per: occurrence}
    tracked_by: [{campaign: "lettre*"}]
    targets: [{kpi: orders, at_least: 100, per: occurrence}]
holidays: []
"""
FIGURES = """day,campaign,sessions,orders,revenue,spend
2026-05-03,lettre-5,400,50,2000,1200
"""
SOURCES = "boutique: {connector: csv_file, path: chiffres.csv, covers: {from: 2026-05-01, until: 2026-05-19}}"
TODAY = "2026-05-20"


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A French plan that was collected, judged and told of."""
    made = Vigie(tmp_path_factory.mktemp("judged"), TODAY)
    made.write({"vigie.yaml": "mail: {folder: outbox/}\n", "plans/p/plan.yaml": PLAN, "plans/p/sources.yaml": SOURCES})
    made.write({"plans/p/chiffres.csv": FIGURES})
    assert made("run", "--once").code == 0
    return made.folder


@pytest.fixture
def french(judged: Path, tmp_path: Path) -> Vigie:
    """A copy of it for one test."""
    return Vigie(Path(shutil.copytree(judged, tmp_path / "french")), TODAY)


def plain(text: str) -> str:
    """The text with ordinary spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


# --- which language --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "fr_CA"}, "fr"),
        ({"LC_ALL": "", "LANG": "fr_FR"}, "fr"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "pt_BR.UTF-8"}, "en"),
    ],
)
def test_the_first_locale_that_is_set_decides_and_one_vigie_does_not_speak_is_english(
    environment: dict[str, str], language: str
) -> None:
    assert language_of_locale(environment) == language


def test_a_command_about_a_french_plan_answers_in_french(french: Vigie) -> None:
    assert french("check").out == "1 plan en ordre, 0 problème, 0 avertissement\n"


def test_the_option_wins_over_the_language_of_the_plan(french: Vigie) -> None:
    assert french("check", "--language", "en").out == "1 plan in order, 0 problems, 0 warnings\n"
    assert "Status on 20 May 2026" in french("status", "--language", "en").out
    assert "What is each action worth?" in french("review", "--language", "en").out


def test_several_plans_are_answered_for_in_their_common_language_else_in_the_locales(
    french: Vigie, monkeypatch: pytest.MonkeyPatch
) -> None:
    french.write({"plans/q/plan.yaml": PLAN, "plans/q/sources.yaml": ""})
    assert "2 plans en ordre" in french("check").out
    french.write({"plans/q/plan.yaml": PLAN.replace("language: fr", "language: en")})
    assert "2 plans in order" in french("check").out
    assert "1 plan en ordre" in french("check", "--plan", "p").out
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert "2 plans en ordre" in french("check").out


def test_where_there_is_no_plan_the_locale_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    answer = Vigie(tmp_path)("check")
    assert answer.code == 2
    assert "« vigie init DOSSIER »" in plain(answer.err) or "« vigie init DIR »" in plain(answer.err)


@pytest.mark.parametrize("words", [["check"], ["sources"], ["judge"], ["status"], ["flags"], ["review"], ["diff"]])
def test_what_programs_read_is_the_same_in_every_language(french: Vigie, words: list[str]) -> None:
    assert french(*words, "--json", "--language", "en").json == french(*words, "--json").json


# --- in French -------------------------------------------------------------------------------------------------------


def test_help_is_in_french(french: Vigie) -> None:
    out = plain(french("--help", "--language", "fr").out)
    assert out.startswith("usage : vigie [-h] [--config DOSSIER]")
    assert "options générales :\n" in out
    assert "COMMANDE ..." in out
    assert re.search(r"^ +check +vérifier tous les fichiers", out, re.MULTILINE)


def test_the_help_of_a_command_is_in_the_language_of_the_locale(french: Vigie, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    out = plain(french("flags", "snooze", "--help").out)
    assert "Reporter une alerte jusqu’à un jour donné." in out
    assert "--until AAAA-MM-JJ" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["status", "--today", "demain"], "« demain » n’est pas une date : écrivez-la comme 2026-03-31"),
        (["flags", "ack", "un"], "« un » n’est pas un numéro d’alerte"),
        (["flags", "snooze"], "erreur : il manque : ID, --until"),
        (["report", "--language"], "expected one argument"),
        (["export", "tout", "--format", "csv"], "choix inconnu : 'tout'"),
        (["status", "--frobnicate"], "arguments inconnus : --frobnicate"),
    ],
)
def test_what_cannot_be_understood_is_said_in_french(french: Vigie, words: list[str], said: str) -> None:
    language = [] if words[-1] == "--language" else ["--language", "fr"]
    answer = french(*language, *words)
    assert answer.code == 2
    assert said in plain(answer.err)


def test_a_broken_french_plan_is_told_in_french_with_file_and_line(
    french: Vigie, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = PLAN.replace("responsible: lea\n", "responsible: lia\n").replace("budget: {", "budjet: {")
    french.write({"plans/p/plan.yaml": broken})
    monkeypatch.chdir(french.folder)
    for words in (["check", "--language", "fr"], ["check"], ["status"]):
        answer = french(*words)
        said = plain(answer.out + answer.err)
        assert answer.code == 2
        assert "plans/p/plan.yaml:17: " in said
        assert "plans/p/plan.yaml:19: " in said
        assert "« budjet »" in said
        assert "« lia »" in said
    assert french("check").out.endswith("0 plan en ordre, 2 problèmes, 0 avertissement\n")


def test_a_broken_plan_is_told_in_its_language_even_so(french: Vigie) -> None:
    french.write({"plans/p/plan.yaml": PLAN + "actions: [\n"})
    assert "0 plan en ordre" in french("check").out


def test_warnings_are_in_french(french: Vigie) -> None:
    french.write({"vigie.yaml": "database: sqlite:///vigie.db\n"})
    assert "vigie.yaml: avertissement : aucun envoi d’e-mails configuré" in plain(french("check").out)


def test_alerts_are_listed_in_french_with_verdict_and_period(french: Vigie) -> None:
    lines = [plain(line).rstrip() for line in french("flags").out.splitlines()]
    start = next(n for n, line in enumerate(lines) if "objectif non atteint" in line)
    assert lines[start].endswith("lettre  objectif non atteint, du 1er au 14 mai 2026")
    assert lines[start + 1] == "   50 commandes (objectif : au moins 100)."
    assert re.fullmatch(r"   p, lea, ouverte depuis le \d.*", lines[start + 2])


def test_an_alert_is_acknowledged_in_french(french: Vigie) -> None:
    assert plain(french("flags", "ack", "1").out) == "1 : prise en charge\n"
    refused = french("flags", "ack", "99")
    assert (refused.code, plain(refused.err)) == (
        2,
        "vigie: aucune alerte en cours ne porte le numéro 99 : « vigie flags » les donne\n",
    )


def test_collecting_and_judging_are_told_in_french(french: Vigie) -> None:
    assert plain(french("collect").out) == "boutique : du 2026-05-01 au 2026-05-20, 19 jours, 1 ligne\n"
    assert "1 objectif non atteint" in french("judge").out


def test_the_answer_of_a_test_message_is_in_french(french: Vigie) -> None:
    out = plain(french("test-alert").out)
    assert out == "p : message de test à lea@boutique.example envoyé via le dossier outbox/\n"


def test_an_unwritable_file_is_told_in_french(french: Vigie) -> None:
    answer = french("report", "-o", str(french.folder / "absent" / "x.html"))
    assert answer.code == 2
    assert "écriture impossible : ce fichier ou ce dossier n’existe pas" in plain(answer.err)


# --- where a file is -------------------------------------------------------------------------------------------------


def test_a_file_is_named_from_where_one_stands_so_that_it_can_be_opened(
    french: Vigie, monkeypatch: pytest.MonkeyPatch
) -> None:
    french.write({"plans/p/plan.yaml": PLAN.replace("currency", "curency")})
    for folder in (
        french.folder.parent,
        french.folder,
        french.folder / "plans",
        french.folder / "plans" / "p",
        Path("/"),
    ):
        monkeypatch.chdir(folder)
        places = [line.split(":")[0] for line in french("check").out.splitlines() if "curency" in line]
        assert places
        assert all(Path(place).is_file() for place in places), places
    monkeypatch.chdir(french.folder.parent)
    assert french("check").out.startswith("french/plans/p/plan.yaml:3: ")


# --- the first plan --------------------------------------------------------------------------------------------------

STARTERS = Path(__file__).resolve().parents[2] / "config" / "examples" / "starter"


def written(tmp_path: Path, language: str) -> Vigie:
    made = Vigie(tmp_path / language, TODAY)
    answer = made("init", str(made.folder), "--language", language)
    assert answer.code == 0
    return made


def test_the_first_plan_is_written_in_french(tmp_path: Path) -> None:
    made = Vigie(tmp_path / "mes-plans", TODAY)
    answer = made("init", str(made.folder), "--language", "fr")
    assert answer.code == 0
    assert plain(answer.out).splitlines()[0] == "Fichiers écrits :"
    assert plain(answer.out).splitlines()[-1] == f"  Ensuite : vigie check --config {made.folder}"
    assert "# Un plan marketing" in (made.folder / "plans/premier-plan/plan.yaml").read_text(encoding="utf-8")
    assert made("check").out == "1 plan en ordre, 0 problème, 0 avertissement\n"


def test_the_french_comments_are_written_as_people_write_french() -> None:
    files = list((STARTERS / "fr").rglob("*.yaml"))
    assert len(files) > 2
    for path in files:
        comments = " ".join(re.findall(r"# .*", path.read_text(encoding="utf-8")))
        assert "’" in comments
        assert "'" not in comments


def test_both_first_plans_are_the_same_but_for_names(tmp_path: Path) -> None:
    def shape(value: Any) -> Any:
        match value:
            case dict():
                return [shape(it) for it in value.values()]
            case list():
                return [shape(it) for it in value]
            case str():
                return "text"
        return value

    for name in ("plan.yaml", "sources.yaml"):
        english, french = (next((STARTERS / language).rglob(name)) for language in ("en", "fr"))
        assert shape(yaml.safe_load(english.read_text())) == shape(yaml.safe_load(french.read_text()))


def test_both_first_plans_come_to_the_same_verdicts(tmp_path: Path) -> None:
    def verdicts(made: Vigie) -> list[Any]:
        assert made("run", "--once").code == 0
        status = made.status()
        owners = [*status["objectives"], *status["actions"]]
        targets = [(one["kpi"], one["verdict"], one["value"]) for owner in owners for one in owner["targets"]]
        return [*targets, *((owner["budget"]["verdict"], owner["budget"]["spent"]) for owner in status["actions"])]

    assert verdicts(written(tmp_path, "en")) == verdicts(written(tmp_path, "fr"))


# --- numbers stay with their units -----------------------------------------------------------------------------------


def screens(made: Vigie, language: str, width: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """What the commands show on a narrow terminal."""

    def narrow(*, stderr: bool = False) -> Console:
        return Console(stderr=stderr, highlight=False, width=width, color_system=None)

    monkeypatch.setattr(terminal, "console", narrow)
    for words in (["status"], ["review", "-v"], ["flags"], ["explain", "lettre"], ["backtest", "-v"]):
        answer = made(*words, "--language", language)
        assert answer.code == 0, answer.err
        yield answer.out


_MONEY = {"en": r"€[\d,]+\.\d\d", "fr": r"[\d\u202f]+,\d\d\u00a0€"}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_number_and_its_unit_stay_on_one_line_of_a_narrow_terminal(
    french: Vigie, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = [re.findall(_MONEY[language], text) for text in screens(french, language, 400, monkeypatch)]
    assert any(wide)
    for width in range(58, 76, 3):
        for text, amounts in zip(screens(french, language, width, monkeypatch), wide, strict=True):
            assert re.findall(_MONEY[language], text) == amounts
            assert max(map(len, text.splitlines())) <= width


def test_a_no_break_space_breaks_no_line_of_the_terminal() -> None:
    words = terminal.text("dépense de 1\u202f250,00\u00a0€\u00a0: trop")
    for width in range(14, 30):
        console = Console(width=width, color_system=None)
        with console.capture() as captured:
            console.print(terminal.stacked([words]))
        assert any("1\u202f250,00\u00a0€\u00a0:" in line for line in captured.get().splitlines())


# --- a third language, of which there is nothing but a catalogue ---------------------------------------------------


@pytest.fixture
def pseudo(french: Vigie, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Gives what a command says in the language, on both streams; its code is as expected."""
    language = speak_pseudo(tmp_path / "locale", monkeypatch)

    def said(*words: str, code: int = 0) -> str:
        answer = french(*words, "--language", language)
        assert answer.code == code, answer.err
        return answer.out + answer.err

    yield said
    translator_for.cache_clear()
    arguments.parser.cache_clear()


#: what is shown as it is written in files and on the command line
NAMES = [
    "vigie", "Printemps 2026", "Léa Martin", "Vendre plus", "Lettre", "lettre", "boutique", "csv_file", "chiffres.csv",
    "plan.yaml", "sources.yaml", "plans/p", "lea@boutique.example", "outbox/", "EUR", "Europe/Paris",
    "orders/at_least/occurrence", "revenue/at_least/total", "lea", "ventes", "target/", "budget",
]  # fmt: skip


@pytest.mark.parametrize(
    "words", [[], *([name] for name in COMMANDS), *(["flags", step] for step in STEPS), ["db", "backup"]], ids=" ".join
)
def test_no_help_bypasses_the_catalogue(pseudo: Callable[..., str], words: list[str]) -> None:
    typed = {*COMMANDS, *STEPS, "upgrade", "backup", "ID"}
    text = re.sub(
        r"\{[\w,]+\}|--[\w-]+|\b(kpis|verdicts|budgets|readings|coverage|flags|messages)\b",
        "",
        pseudo(*words, "--help"),
    )
    assert "⟦" in text
    assert untranslated(text, ["vigie", *typed]) == []


@pytest.mark.parametrize(
    "words",
    [
        ["check"], ["sources"], ["sources", "--test"], ["collect"], ["judge"], ["run", "--once"], ["status"],
        ["flags", "--all"], ["flags", "ack", "1"], ["flags", "snooze", "1", "--until", "2026-06-01"],
        ["flags", "expect", "1", "--until", "2026-06-01", "--note", "Lettre"], ["review", "-v"], ["explain", "lettre"],
        ["explain", "1"], ["diff"], ["backtest", "-v"], ["test-alert"], ["db", "upgrade"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_answer_bypasses_the_catalogue(pseudo: Callable[..., str], words: list[str], french: Vigie) -> None:
    stored = [row["sentence_en"] for row in french("flags", "--all", "--json").json]  # said when the alert was raised
    text = pseudo(*words).replace(str(french.folder), "")
    text = re.sub(r"sqlite:///[^⟦\s]+|\b[0-9a-f]{12}\b", "", text)
    assert "⟦" in text
    measures = ["new_customers", "orders", "revenue", "sessions", "spend"]  # as a plan's formulas name them
    assert untranslated(text, [*stored, *NAMES, *(measures if "--test" in words else [])]) == []


def test_no_answer_with_a_file_bypasses_the_catalogue(
    pseudo: Callable[..., str], french: Vigie, tmp_path: Path
) -> None:
    for words in (
        ["init", str(tmp_path / "new")],
        ["report", "-o", str(tmp_path / "r.html")],
        ["export", "kpis", "--format", "csv", "-o", str(tmp_path / "k.csv")],
        ["db", "backup", str(tmp_path / "copy.db")],
    ):
        text = re.sub(rf"{re.escape(str(tmp_path))}\S*", "", pseudo(*words))
        assert "⟦" in text
        assert untranslated(text, ["vigie check --config"]) == []


def test_neither_the_demo_nor_a_progress_bar_bypasses_the_catalogue(pseudo: Callable[..., str], tmp_path: Path) -> None:
    assert pseudo("check")
    translator = translator_for("eo")
    shown: Any = None
    made = demo.Demo(tmp_path, shown, {}, tmp_path / "x.html", 3, shown)
    lines = [demo.introduction(translator), *made.in_words(translator)]
    day = date(2026, 5, 1)
    lines.append(how_far(CollectionOutcome("shop", Window(day, day + DAY), rows=2), day, translator))
    for line in lines:
        assert "⟦" in line
        text = re.sub(rf"{re.escape(str(tmp_path))}\S*", "", line)
        assert untranslated(text, ["vigie status --config", "--today"]) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["status", "--plan", "zz"], 2), (["collect", "--source", "zz"], 2), (["explain", "zz"], 2),
        (["collect", "--since", "2026-05-02", "--until", "2026-05-01"], 2), (["test-alert", "--to", "zz"], 2),
        (["flags", "ack", "99"], 2), (["flags", "snooze", "1", "--until", "2026-05-01"], 2),
        (["init", "."], 2), (["report", "-o", "absent/x.html"], 2), (["db", "backup", "vigie.db"], 1),
        (["frobnicate"], 2), (["status", "--today", "x"], 2), (["export", "kpis"], 2), (["flags", "ack", "x"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_no_complaint_bypasses_the_catalogue(
    pseudo: Callable[..., str], words: list[str], code: int, french: Vigie, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(french.folder)
    text = pseudo(*words, code=code).replace(str(french.folder), "")
    text = re.sub(r"\{[\w,]+\}|--[\w-]+", "", text)
    names = [*COMMANDS, *STEPS, *NAMES, "absent/x.html", "vigie.db", "vigie.yaml", "ID", "plans", "zz", "to_date"]
    assert "⟦" in text
    assert untranslated(text, names) == []


def test_no_mistake_in_a_plan_bypasses_the_catalogue(pseudo: Callable[..., str], french: Vigie) -> None:
    french.write({"plans/p/plan.yaml": PLAN.replace("currency: EUR", "curency: EUR")})
    text = pseudo("check", code=2).replace(str(french.folder), "")
    assert "⟦" in text
    assert untranslated(text, ["plans/p/plan.yaml", "'curency'", "'currency'", "curency", "currency"]) == []


def test_no_text_of_the_report_bypasses_the_catalogue(
    pseudo: Callable[..., str], french: Vigie, tmp_path: Path
) -> None:
    page = tmp_path / "r.html"
    pseudo("report", "-o", str(page))
    text = re.sub(r"<style>.*?</style>|<[^>]*>", " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert bracketed("Current problems") in text
    assert untranslated(text, ["vigie review -v --plan", *NAMES]) == []
