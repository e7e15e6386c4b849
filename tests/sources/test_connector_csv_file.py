"""CSV files as a source: the shared contract, and everything docs/connectors.md says of ``csv_file``."""

import csv
import gzip
import io
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from conftest import Write
from connector_contract import MARCH, ConnectorContract, Over, Row, readings, sums
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable
from config.periods import Window
from connectors.base import Connector, Context, Covered, Reading, Remark
from connectors.files.csv_file import OPEN_AT_ONCE, CsvFile, CsvOptions
from connectors.kit import text_rows

YEAR = Window(date(2026, 1, 1), date(2027, 1, 1))
DAY = timedelta(days=1)
CASES = Path(__file__).resolve().parents[1] / "support" / "fixtures" / "cases"
LATER = datetime(2030, 1, 1, tzinfo=UTC)  # when the tests' files are read


def csv_file(folder: Path, path: str = "x.csv", **options: Any) -> CsvFile:
    """A connector as ``sources.yaml`` would make it."""
    read = CsvOptions.model_validate({"connector": "csv_file", "path": path, **options})
    return CsvFile(read, Context("nps", folder, "Europe/Paris", "EUR", reveal=lambda _: "", now=lambda: LATER))


#: writes ``x.csv`` and gives a connector over it
File = Callable[..., CsvFile]


@pytest.fixture
def file(tmp_path: Path) -> File:
    def write(content: str | bytes, **options: Any) -> CsvFile:
        path = tmp_path / options.get("path", "x.csv")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return csv_file(tmp_path, **options)

    return write


def written(path: Path, content: str, at: datetime) -> Path:
    """A file that was written at a moment."""
    path.write_bytes(gzip.compress(content.encode()) if path.suffix == ".gz" else content.encode())
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def covered(connector: Connector, window: Window = YEAR) -> dict[date, frozenset[str]]:
    """Day -> the measures the connector says it covers."""
    found: dict[date, frozenset[str]] = {}
    for item in connector.read(window):
        if isinstance(item, Covered):
            for day in item.window:
                found[day] = found.get(day, frozenset()) | item.measures
    return found


def days_of_march(*numbers: int) -> list[date]:
    return [date(2026, 3, number) for number in numbers]


def amounts(connector: Connector, measure: str = "sessions") -> list[Any]:
    return [reading.measures[measure] for reading in readings(connector, YEAR)]


def ledger_as_csv(ledger: Sequence[Row]) -> str:
    """The ledger as a spreadsheet would export it; an unknown amount is an empty cell."""
    labels = sorted({label for row in ledger for label in row.labels})
    measures = sorted({measure for row in ledger for measure in row.measures} | {"orders", "revenue"})
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["day", "currency", *labels, *measures])
    for row in ledger:
        cells = [row.labels.get(label, "") for label in labels]
        writer.writerow([row.day, row.currency, *cells, *(row.measures.get(measure, 0) for measure in measures)])
    return text.getvalue()


class TestContract(ConnectorContract):
    leaves_out: ClassVar = {
        "test_the_first_reading_comes_before_the_last_row_is_asked_for": "a file is read to its end for its faults "
        "before anything of it is believed",
    }

    @pytest.fixture
    def over(self, tmp_path: Path) -> Over:
        def build(ledger: Sequence[Row]) -> Connector:
            (tmp_path / "x.csv").write_text(ledger_as_csv(ledger), encoding="utf-8", newline="")
            return csv_file(tmp_path)

        return build

    @pytest.fixture
    def absent(self, tmp_path: Path) -> Connector:
        return csv_file(tmp_path, "not-there-*.csv")


class TestContractOfCompressedFilesInOtherLetters(TestContract):
    """The same ledger as a French spreadsheet writes it: cp1252, semicolons, decimal commas, own names, compressed."""

    leaves_out: ClassVar = {
        **TestContract.leaves_out,
        "test_memory_stays_flat": "the same reader as above, and measuring is slow",
    }
    cannot_hold: ClassVar = dict.fromkeys(
        ("directions", "nothing to see", "line separators", "accents, composed and not"),
        "cp1252 has no such letters",
    )

    @pytest.fixture
    def over(self, tmp_path: Path) -> Over:
        names = {"Datum": "day", "Währung": "currency", "Aktion": "campaign", "Käufe": "orders", "Umsatz": "revenue"}

        def build(ledger: Sequence[Row]) -> Connector:
            text = io.StringIO()
            writer = csv.writer(text, delimiter=";")
            writer.writerow(["Notiz", *names])
            for row in ledger:
                money = row.measures["revenue"]
                comma = "" if money is None else f"{money:f}".replace(".", ",")
                label = row.labels.get("campaign", "")
                writer.writerow(["privat", row.day, row.currency, label, row.measures["orders"], comma])
            (tmp_path / "x.csv.gz").write_bytes(gzip.compress(text.getvalue().encode("cp1252")))
            options = {"encoding": "cp1252", "delimiter": ";", "decimal": ",", "columns": names, "ignore": ["Notiz"]}
            return csv_file(tmp_path, "x.csv.gz", **options)

        return build


class TestWhichFiles:
    @pytest.mark.parametrize(
        ("path", "sessions"),
        [
            ("data/nps-1.csv", [1]),
            ("data/nps-*.csv", [1, 2]),
            ("data/nps-[23].csv", [2]),
            ("data/**/*.csv", [1, 2, 8]),
            ("data/nps-?.csv*", [1, 2, 4]),
            ("./data/../data/nps-1.csv", [1]),
        ],
    )
    def test_a_path_is_relative_to_the_plan_and_may_be_a_pattern(
        self, path: str, sessions: list[int], tmp_path: Path
    ) -> None:
        (tmp_path / "data" / "deeper").mkdir(parents=True)
        for name, number in (("nps-1.csv", 1), ("nps-2.csv", 2), ("deeper/old.csv", 8)):
            (tmp_path / "data" / name).write_text(f"day,campaign,sessions\n2026-03-01,{name},{number}\n")
        (tmp_path / "data" / "nps-3.csv.gz").write_bytes(gzip.compress(b"day,campaign,sessions\n2026-03-01,3,4\n"))
        assert sorted(amounts(csv_file(tmp_path, path))) == sessions

    def test_a_path_may_be_absolute(self, tmp_path: Path) -> None:
        (tmp_path / "x.csv").write_text("day,sessions\n2026-03-01,1\n")
        assert amounts(csv_file(tmp_path / "elsewhere", str(tmp_path / "*.csv"))) == [1]

    @pytest.mark.parametrize("folder", ["plans [2026]", "a*b", "what?"])
    def test_the_plans_folder_is_no_pattern(self, folder: str, tmp_path: Path) -> None:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.csv").write_text("day,sessions\n2026-03-01,1\n")
        assert amounts(csv_file(tmp_path / folder, "*.csv")) == [1]

    def test_a_file_of_that_very_name_is_meant_before_a_pattern(self, tmp_path: Path) -> None:
        (tmp_path / "report[1].csv").write_text("day,sessions\n2026-03-01,1\n")
        (tmp_path / "report1.csv").write_text("day,sessions\n2026-03-01,2\n")
        assert amounts(csv_file(tmp_path, "report[1].csv")) == [1]

    def test_a_folder_that_fits_the_pattern_is_no_file(self, tmp_path: Path) -> None:
        (tmp_path / "old.csv").mkdir()
        (tmp_path / "x.csv").write_text("day,sessions\n2026-03-01,1\n")
        assert amounts(csv_file(tmp_path, "*.csv")) == [1]

    @pytest.mark.parametrize("path", ["nps.csv", "nps-*.csv", "data"])
    def test_a_file_that_is_not_there_is_refused_by_its_name(self, path: str, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        for attempt in (csv_file(tmp_path, path).check, lambda: list(csv_file(tmp_path, path).read(YEAR))):
            with pytest.raises(SourceRefused) as caught:
                attempt()
            assert str(caught.value) == f"nps: no file is called {tmp_path / path}"

    @pytest.mark.parametrize("name", ["x.csv.gz", "X.CSV.GZ"])
    def test_a_compressed_file_is_read_as_any_other(self, name: str, file: File) -> None:
        assert amounts(file(gzip.compress(b"day,sessions\n2026-03-01,7\n"), path=name)) == [7]

    def test_files_of_a_campaign_each_add_up(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("day,campaign,sessions\n2026-03-01,x,1\n2026-03-03,x,2\n")
        (tmp_path / "b.csv").write_text("day,campaign,sessions\n2026-03-02,y,4\n2026-03-03,y,8\n")
        found = readings(csv_file(tmp_path, "*.csv"))
        assert sorted((reading.day.day, reading.measures["sessions"]) for reading in found) == [
            (1, 1),
            (2, 4),
            (3, 2),
            (3, 8),
        ]

    def test_files_of_one_pattern_may_have_different_columns(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("day,sessions\n2026-03-01,1\n2026-03-03,2\n")
        (tmp_path / "b.csv").write_text("revenue,day\n3.50,2026-03-03\n4.50,2026-03-04\n")
        connector = csv_file(tmp_path, "*.csv")
        assert covered(connector) == {
            date(2026, 3, 1): {"sessions"},
            date(2026, 3, 2): {"sessions"},
            date(2026, 3, 3): {"sessions", "revenue"},
            date(2026, 3, 4): {"revenue"},
        }
        assert connector.check().measures == frozenset({"sessions", "revenue"})

    def test_days_between_two_files_are_not_covered(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("day,sessions\n2026-03-01,1\n2026-03-02,1\n")
        (tmp_path / "b.csv").write_text("day,sessions\n2026-03-05,1\n2026-03-06,1\n")
        assert list(covered(csv_file(tmp_path, "*.csv"))) == days_of_march(1, 2, 5, 6)

    def test_a_fault_in_one_file_of_a_pattern_is_told_before_anything_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("day,sessions\n2026-03-01,1\n")
        (tmp_path / "b.csv").write_text("day,sessions\n2026-03-02,none\n")
        with pytest.raises(SourceMisread, match=r"^b\.csv:2: sessions: 'none' is not a number"):
            next(csv_file(tmp_path, "*.csv").read(YEAR))

    def test_more_files_than_may_be_open_at_once_are_still_read_in_order(self, tmp_path: Path) -> None:
        for number in range(OPEN_AT_ONCE + 20):
            (tmp_path / f"{number}.csv").write_text(
                f"day,campaign,sessions\n2026-03-01,{number},1\n2026-03-02,{number},10\n"
            )
        found = readings(csv_file(tmp_path, "*.csv"))
        assert [reading.measures["sessions"] for reading in found] == [1] * 120 + [10] * 120

    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(
        st.lists(
            st.lists(st.tuples(st.integers(1, 28), st.integers(0, 9)), min_size=1, max_size=6), min_size=1, max_size=5
        )
    )
    def test_any_files_in_any_order_come_out_in_the_order_of_their_days(
        self, tmp_path: Path, files: list[list[tuple[int, int]]]
    ) -> None:
        for old in tmp_path.glob("*.csv"):
            old.unlink()
        for number, rows in enumerate(files):
            lines = [f"2026-03-{day:02},{number},{sessions}" for day, sessions in rows]
            (tmp_path / f"{number}.csv").write_text("\n".join(["day,campaign,sessions", *lines, ""]))
        ledger = [
            Row(date(2026, 3, day), {"sessions": sessions}, {"campaign": str(number)})
            for number, rows in enumerate(files)
            for day, sessions in rows
        ]
        found = readings(csv_file(tmp_path, "*.csv"))
        assert sums(found) == sums(ledger)
        assert [reading.day for reading in found] == sorted(row.day for row in ledger)


class TestHowItIsWritten:
    @pytest.mark.parametrize(
        ("content", "options"),
        [
            ("day,campaign,revenue\n2026-03-01,été,1200.5\n", {}),
            ("day,campaign,revenue\r\n2026-03-01,été,1200.5\r\n", {}),
            ("day,campaign,revenue\r2026-03-01,été,1200.5\r", {}),
            ("\n\nday,campaign,revenue\n\n2026-03-01,été,1200.5\n\n\n", {}),
            (' day , campaign ,"revenue"\n 2026-03-01 , été ," 1200.5 "\n', {}),
            ("revenue,campaign,day\n1200.5,été,2026-03-01\n", {}),
            ("day;campaign;revenue\n2026-03-01;été;1200,5\n", {"delimiter": ";", "decimal": ","}),
            ('day,campaign,revenue\n2026-03-01,été,"1200,5"\n', {"decimal": ","}),
            ("day\tcampaign\trevenue\n2026-03-01\tété\t1200.5\n", {"delimiter": "\t"}),
            ("day|campaign|revenue\n2026-03-01|été|1200.5\n", {"delimiter": "|"}),
            ("Tag,campaign,Besuche\n2026-03-01,été,1200.5\n", {"columns": {"Tag": "day", "Besuche": "revenue"}}),
            ("day,notes,campaign,revenue\n2026-03-01,!,été,1200.5\n", {"ignore": ["notes"]}),
            ("day,,campaign,revenue,\n2026-03-01,,été,1200.5,\n", {"ignore": [""]}),
            ("day,x,campaign,revenue\n2026-03-01,!,été,1200.5\n", {"columns": {"x": "notes"}, "ignore": ["notes"]}),
        ],
    )  # fmt: skip
    def test_many_ways_say_the_same(self, content: str, options: dict[str, Any], file: File) -> None:
        (reading,) = readings(file(content, **options))
        assert reading.day == date(2026, 3, 1)
        assert reading.origin.campaign == "été"
        assert reading.measures == {"revenue": Decimal("1200.5")}

    @pytest.mark.parametrize(
        ("written", "encoding"),
        [
            ("utf-8", None),
            ("utf-8-sig", None),
            ("utf-8-sig", "utf-8"),
            ("utf-8-sig", "UTF8"),
            ("utf-8", "utf-8-sig"),
            ("cp1252", "cp1252"),
            ("latin-1", "latin-1"),
            ("utf-16", "utf-16"),
            ("utf-16-le", "utf-16-le"),
        ],
    )
    def test_the_encoding_is_utf_8_with_or_without_a_mark_unless_another_is_said(
        self, written: str, encoding: str | None, file: File
    ) -> None:
        content = "day,campaign,sessions\n2026-03-01,été,1\n".encode(written)
        (reading,) = readings(file(content, **({"encoding": encoding} if encoding else {})))
        assert reading.origin.campaign == "été"

    @pytest.mark.parametrize(
        ("content", "line", "encoding"),
        [
            (b"day,campaign,sessions\n2026-03-01,\xe9t\xe9,1\n", 2, "utf-8"),
            (b"day,campaign,sessions\n" + b"2026-03-01,a,1\n" * 2000 + b"2026-03-01,\xe9,1\n", 2002, "utf-8"),
            (b"day,campaign\xe9,sessions\n", 1, "utf-8"),
            (b"day,campaign,sessions\n2026-03-01,a,1\n2026-03-01,\x81,1\n", 3, "cp1252"),
            ("day,sessions\n2026-03-01,1\n".encode("utf-16-le"), 1, "utf-16"),
        ],
    )
    def test_another_encoding_than_said_is_told_with_the_line(
        self, content: bytes, line: int, encoding: str, file: File
    ) -> None:
        with pytest.raises(SourceMisread) as caught:
            readings(file(content, encoding=encoding))
        assert (
            str(caught.value) == f"x.csv:{line}: is not {encoding}: save it as UTF-8, or say which encoding: it is in"
        )

    @pytest.mark.parametrize(
        ("option", "value", "words"),
        [
            ("encoding", "klingon", "there is no encoding 'klingon'"),
            ("encoding", "hex", "there is no encoding 'hex'"),
            ("encoding", "undefined", "there is no encoding 'undefined'"),
            ("encoding", "a\0b", "there is no encoding"),
            ("encoding", "", "there is no encoding ''"),
            ("delimiter", "", "a delimiter is one sign"),
            ("delimiter", ";;", "a delimiter is one sign"),
            ("delimiter", '"', "a delimiter is one sign"),
            ("delimiter", "\n", "a delimiter is one sign"),
            ("delimiter", "\0", "a delimiter is one sign"),
            ("decimal", ";", "pattern"),
            ("path", "", "is the name of a file"),
            ("path", "a\0b", "is the name of a file"),
            ("currency", "euro", "is not a currency"),
            ("covers", {"from": "2026-03-31", "until": "2026-03-01"}, "before"),
        ],
    )
    def test_an_option_that_cannot_be_is_refused_when_it_is_read(
        self, option: str, value: Any, words: str, tmp_path: Path
    ) -> None:
        with pytest.raises(ValidationError, match=words):
            csv_file(tmp_path, **{option: value})


class TestCells:
    @pytest.mark.parametrize(
        ("cell", "amount"),
        [
            ("0", "0"),
            ("7", "7"),
            ("007", "7"),
            ("+7", "7"),
            ("-7.25", "-7.25"),
            ("7.", "7"),
            (".5", "0.5"),
            ("1e3", "1000"),
            ("1.5E-2", "0.015"),
            ("0.1", "0.1"),
            ("1234567890123.123456", None),
            ("1234567890.123456789", "1234567890.123456789"),
            ("8999999999999.999999", "8999999999999.999999"),
        ],
    )
    def test_a_number_is_exact(self, cell: str, amount: str | None, file: File) -> None:
        expected = Decimal(amount or cell)
        assert amounts(file(f"day,revenue\n2026-03-01,{cell}\n"), "revenue") == [expected]

    @pytest.mark.parametrize("cell", ["", " ", "\u00a0", '""', '" "'])
    def test_an_empty_cell_is_unknown(self, cell: str, file: File) -> None:
        assert amounts(file(f"day,orders,sessions\n2026-03-01,1,{cell}\n")) == [None]

    @pytest.mark.parametrize(
        ("cell", "decimal", "words"),
        [
            ("twelve", ".", "sessions: 'twelve' is not a number: write digits only, with one decimal sign"),
            ("12 %", ".", "sessions: '12 %' is not a number: write digits only"),
            ('"1,234.5"', ".", "sessions: '1,234.5' is not a number: write digits only"),
            ('"12,5"', ".", "sessions: '12,5' is not a number: write digits only"),
            ("1.5", ",", "sessions: '1.5' is not a number"),
            ('"1.234,5"', ",", "sessions: '1.234,5' is not a number"),
            ("1 234", ".", "is not a number"),
            ("1\u202f234", ".", "is not a number"),
            ("\u22125", ".", "is not a number"),
            ("5 €", ".", "is not a number"),
            ("nan", ".", "sessions: 'nan' is not a number"),
            ("NaN", ".", "is not a number"),
            ("inf", ".", "is not a number"),
            ("-Infinity", ".", "is not a number"),
            ("1e999", ".", "sessions: '1e999' is not a number"),
            ("1e12345678901234567890", ".", "is not a number"),
            ("0x10", ".", "is not a number"),
            ("1_000", ".", "is not a number"),
            ("1.2.3", ".", "is not a number"),
            ("--1", ".", "is not a number"),
            ("e5", ".", "is not a number"),
            (".", ".", "is not a number"),
            ("\u0661\u0662", ".", "is not a number"),
            ("true", ".", "is not a number"),
            ("#REF!", ".", "sessions: '#REF!' is not a number"),
            ("1" * 5000, ".", "is not a number"),
            ("9000000000000", ".", "sessions: '9000000000000' is too large"),
            ("-9000000000000.5", ".", "is too large"),
            ("1e99", ".", "sessions: '1e99' is too large"),
        ],
    )
    def test_what_is_no_number_is_told_with_file_and_line(
        self, cell: str, decimal: str, words: str, file: File
    ) -> None:
        connector = file(f"day,sessions\n2026-03-01,1\n2026-03-02,{cell}\n", decimal=decimal)
        with pytest.raises(SourceMisread) as caught:
            readings(connector)
        assert str(caught.value).startswith("x.csv:3: sessions: '")
        assert words in str(caught.value)
        assert len(str(caught.value)) < 200

    @pytest.mark.parametrize(
        ("cell", "words"),
        [
            ("2026-02-29", "day: there is no 2026-02-29"),
            ("2026-13-01", "day: there is no 2026-13-01"),
            ("0000-01-01", "day: there is no 0000-01-01"),
            ("01/03/2026", "day: '01/03/2026' is not a day written YYYY-MM-DD"),
            ("2026-3-1", "day: '2026-3-1' is not a day written YYYY-MM-DD"),
            ("20260301", "is not a day written YYYY-MM-DD"),
            ("2026-03-01 00:00", "is not a day written YYYY-MM-DD"),
            ("2026-W10-1", "is not a day written YYYY-MM-DD"),
            ("46082", "is not a day written YYYY-MM-DD"),
            ("", "day: '' is not a day written YYYY-MM-DD"),
            ("\u0662\u0660\u0662\u0666-\u0660\u0663-\u0660\u0661", "is not a day written YYYY-MM-DD"),
            ("9999-12-31", "day: nothing happens on 9999-12-31"),
        ],
    )
    def test_what_is_no_day_is_told_with_file_and_line(self, cell: str, words: str, file: File) -> None:
        with pytest.raises(SourceMisread) as caught:
            readings(file(f"day,sessions\n{cell},1\n"))
        assert str(caught.value).startswith("x.csv:2: day: ")
        assert words in str(caught.value)

    @pytest.mark.parametrize(
        ("row", "words"),
        [
            ("2026-03-02", "has 1 columns, the header 3"),
            ("2026-03-02,a", "has 2 columns, the header 3"),
            ("2026-03-02,a,1,", "has 4 columns, the header 3"),
            ("2026-03-02,a,1,2", "has 4 columns, the header 3"),
            (" ", "has 1 columns, the header 3"),
        ],
    )
    def test_a_row_of_the_wrong_width_is_told_with_file_and_line(self, row: str, words: str, file: File) -> None:
        with pytest.raises(SourceMisread) as caught:
            readings(file(f"day,campaign,sessions\n2026-03-01,a,1\n{row}\n"))
        assert str(caught.value) == f"x.csv:3: {words}"

    def test_a_fault_names_the_line_its_row_begins_on(self, file: File) -> None:
        connector = file('day,campaign,sessions\n\n2026-03-01,"two\nlines",1\n\n2026-03-02,"three\n\nlines",x\n')
        with pytest.raises(SourceMisread, match=r"^x\.csv:6: sessions: 'x' is not a number"):
            readings(connector)

    @pytest.mark.parametrize(
        ("content", "line"),
        [
            ('day,campaign,sessions\n2026-03-01,a,1\n2026-03-02,"a,1\n2026-03-03,b,1\n2026-03-04,c,1\n', 3),
            ('day,campaign,sessions\n2026-03-01,"a"b,1\n', 2),
            ('day,"campaign,sessions\n2026-03-01,a,1\n', 1),
            ('day,campaign,sessions\n2026-03-01,"' + "a" * 200_000 + '",1\n', 2),
        ],
        ids=["never closed", "closed too early", "in the header", "too long a cell"],
    )
    def test_unbalanced_quotes_are_told_with_the_line_they_begin_on(self, content: str, line: int, file: File) -> None:
        with pytest.raises(SourceMisread, match=rf"^x\.csv:{line}: .*is a quote opened here") as caught:
            readings(file(content))
        assert len(str(caught.value)) < 200

    def test_a_fault_does_not_repeat_what_a_terminal_would_obey(self, file: File) -> None:
        with pytest.raises(SourceMisread) as caught:
            readings(file("day,sessions\n2026-03-01,\x1b[2J\u202e\x07wipe\n"))
        assert str(caught.value).isprintable()
        assert "[2Jwipe" in str(caught.value)

    def test_labels_keep_their_text_and_lose_the_space_around_it(self, file: File) -> None:
        (reading,) = readings(file("day,campaign,keyword,sessions\n2026-03-01,  Spring  Sale ,0012,1\n"))
        assert reading.origin.campaign == "Spring  Sale"
        assert reading.origin.keyword == "0012"

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.text(st.characters(exclude_categories=["Cs"])) | st.binary().map(lambda raw: raw.decode("latin-1")))
    def test_any_text_at_all_is_read_or_told(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "x.csv").write_bytes(b"day,campaign,sessions\n2026-03-01,a,1\n" + text.encode())
        try:
            found = readings(csv_file(tmp_path), YEAR)
        except SourceError:
            return
        assert all(isinstance(reading.day, date) for reading in found)

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(st.decimals(-(10**12), 10**12, places=6), st.sampled_from([".", ","]))
    def test_every_amount_comes_out_as_it_was_written(self, tmp_path: Path, amount: Decimal, decimal: str) -> None:
        written = f"{amount:f}".replace(".", decimal)
        (tmp_path / "x.csv").write_text(f"day;revenue\n2026-03-01;{written}\n")
        assert amounts(csv_file(tmp_path, delimiter=";", decimal=decimal), "revenue") == [amount]


def case(name: str, tmp_path: Path, *, at: datetime = LATER - DAY, **more: Any) -> CsvFile:
    """The source of a case that somebody met at their work, as they wrote its entry."""
    (entry,) = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8")).values()
    for path in CASES.glob(f"{name}*.csv"):
        copied = tmp_path / path.name
        copied.write_bytes(path.read_bytes())
        os.utime(copied, (at.timestamp(), at.timestamp()))
    return csv_file(tmp_path, **{key: value for key, value in entry.items() if key != "connector"}, **more)


class TestCasesThatPeopleMet:
    @pytest.mark.parametrize(
        ("name", "message"),
        [
            (
                "thousands-advised",
                (
                    "thousands-advised.csv:2: sessions: '1,200' can be 1200 or 1.200, and a count is a whole number: "
                    "write 1200"
                ),
            ),
            ("far-date", "far-date.csv:33: day: 2062-09-11 is after today: is the year right?"),
            (
                "gsc-position",
                (
                    "gsc-position.csv:2: search_impressions 100 is more than position_weight 7.5: an average "
                    "position is never below 1. position_weight is the average position times search_impressions"
                ),
            ),
            (
                "ga4-exploration",
                "ga4-exploration.csv:1: is no header; line 7 looks like it: delete the lines above it",
            ),
            (
                "dates-moment",
                "dates-moment.csv:2: day: '2026-09-02 00:00:00' is not a day written YYYY-MM-DD: write 2026-09-02",
            ),
            (
                "meta-fr",
                (
                    "meta-fr.csv:2: spend: '1 234,56' is not a number: write digits only, with one decimal sign, "
                    "as 1234,56"
                ),
            ),
            (
                "survey-answers",
                (
                    "survey-answers.csv:1: unknown columns 'Submitted at', 'How likely are you to recommend us?', "
                    "'Why?': say what they are, as columns: {'Submitted at': day}, or leave them out: "
                    "ignore: ['Submitted at', 'How likely are you to recommend us?', 'Why?']"
                ),
            ),
        ],
    )
    def test_what_cannot_be_believed_is_refused_with_what_to_write(
        self, name: str, message: str, tmp_path: Path
    ) -> None:
        connector = case(name, tmp_path)
        for attempt in (connector.check, lambda: readings(connector)):
            with pytest.raises(SourceMisread) as caught:
                attempt()
            assert str(caught.value) == message

    def test_the_same_file_twice_counts_once(self, tmp_path: Path) -> None:
        items = list(case("same-file-twice", tmp_path).read(YEAR))
        assert sum(item.measures["spend"] or 0 for item in items if isinstance(item, Reading)) == 300
        assert len([item for item in items if isinstance(item, Remark)]) == 1

    def test_a_file_cut_at_noon_says_that_it_was_written_at_noon(self, tmp_path: Path) -> None:
        noon = datetime(2026, 9, 15, 10, tzinfo=UTC)
        items = list(case("cut-at-noon", tmp_path, at=noon).read(YEAR))
        assert [item.written_at for item in items if isinstance(item, Covered)] == [noon]


DIGITS = "write digits only, with one decimal sign, as "


class TestThousands:
    @pytest.mark.parametrize(
        ("cells", "decimal", "line", "words"),
        [
            # counts have no decimals
            (["1.234"], ".", 2, "'1.234' can be 1234 or 1.234, and a count is a whole number: write 1234"),
            (["39", "95,836"], ",", 3, "'95,836' can be 95836 or 95.836, and a count is a whole number: write 95836"),
            (["5", "1.000"], ".", 3, "'1.000' can be 1000 or 1.000, and a count is a whole number: write 1000"),
            (["1,200"], ".", 2, "'1,200' can be 1200 or 1.200, and a count is a whole number: write 1200"),
            (["12.5"], ".", 2, "'12.5' is not a whole number, as a count is"),
            (["1,234,567"], ".", 2, "'1,234,567' is not a number: " + DIGITS + "1234567"),
        ],
    )  # fmt: skip
    def test_a_count_is_a_whole_number(self, cells: list[str], decimal: str, line: int, words: str, file: File) -> None:
        rows = "".join(f"2026-03-01;{cell}\n" for cell in cells)
        with pytest.raises(SourceMisread) as caught:
            readings(file("day;sessions\n" + rows, delimiter=";", decimal=decimal))
        assert str(caught.value) == f"x.csv:{line}: sessions: {words}"

    @pytest.mark.parametrize(
        ("cells", "decimal", "line", "words"),
        [
            (["1.234", "2.345"], ".", 2, "'1.234' can be 1234 or 1.234: write 1234, or 1.2340"),
            (["7", "", "2.345"], ".", 4, "'2.345' can be 2345 or 2.345: write 2345, or 2.3450"),
            (["1,234", "5"], ",", 2, "'1,234' can be 1234 or 1.234: write 1234, or 1,2340"),
            (["1,200"], ".", 2, "'1,200' can be 1200 or 1.200: write 1200, or 1.2000"),
            (["1,234,567.89"], ".", 2, "'1,234,567.89' is not a number: " + DIGITS + "1234567.89"),
            (["1.234,5"], ",", 2, "'1.234,5' is not a number: " + DIGITS + "1234,5"),
        ],
    )  # fmt: skip
    def test_money_of_which_every_cell_could_be_thousands_is_refused_with_both_readings(
        self, cells: list[str], decimal: str, line: int, words: str, file: File
    ) -> None:
        rows = "".join(f"2026-03-01;{cell}\n" for cell in cells)
        with pytest.raises(SourceMisread) as caught:
            readings(file("day;revenue\n" + rows, delimiter=";", decimal=decimal))
        assert str(caught.value).startswith(f"x.csv:{line}: revenue: {words}")

    @pytest.mark.parametrize(
        "cells", [["1.234", "12.5"], ["12.50", "1.234"], ["0.234", "1.234"], ["1.234"] * 1500 + ["1.2340"]]
    )
    def test_one_cell_that_cannot_be_thousands_tells_what_the_sign_is(self, cells: list[str], file: File) -> None:
        rows = "".join(f"2026-03-01,{cell}\n" for cell in cells)
        assert amounts(file("day,revenue\n" + rows), "revenue") == [Decimal(cell) for cell in cells]

    def test_each_column_tells_for_itself(self, file: File) -> None:
        with pytest.raises(SourceMisread, match=r"^x\.csv:2: spend: '1\.234' can be 1234 or 1\.234"):
            readings(file("day,revenue,spend\n2026-03-01,1.234,1.234\n2026-03-02,12.5,2.345\n"))

    @pytest.mark.parametrize("cells", [["12,5"], ["1,200", "12,5"]])
    def test_a_decimal_comma_is_advised_where_a_cell_cannot_be_thousands_and_is_then_taken(
        self, cells: list[str], file: File
    ) -> None:
        rows = "day;revenue\n" + "".join(f"2026-03-01;{cell}\n" for cell in cells)
        with pytest.raises(SourceMisread, match=r"^x\.csv:2: revenue: .* say so in sources\.yaml: decimal: ','$"):
            readings(file(rows, delimiter=";"))
        assert amounts(file(rows, delimiter=";", decimal=","), "revenue")[-1] == Decimal("12.5")

    def test_conversions_may_be_split_among_campaigns(self, file: File) -> None:
        assert amounts(file("day,conversions\n2026-03-01,0.25\n"), "conversions") == [Decimal("0.25")]

    def test_a_count_that_a_source_declares_is_whole_too(self, file: File) -> None:
        with pytest.raises(SourceMisread, match=r"^x\.csv:2: tastings: '1\.5' is not a whole number"):
            readings(file("day,tastings\n2026-03-01,1.5\n", measures={"tastings": "count"}))


class TestWhatCannotBe:
    @pytest.mark.parametrize(
        ("day", "words"),
        [
            ("2030-01-02", "day: 2030-01-02 is after today: is the year right?"),
            ("2062-09-01", "day: 2062-09-01 is after today: is the year right?"),
            ("1926-03-01", "day: 1926-03-01 is long ago: is the year right?"),
            ("0206-03-01", "day: 0206-03-01 is long ago: is the year right?"),
        ],
    )
    def test_a_day_after_today_or_long_ago_is_refused_with_its_line(self, day: str, words: str, file: File) -> None:
        with pytest.raises(SourceMisread) as caught:
            readings(file(f"day,sessions\n2026-03-01,1\n{day},1\n2026-03-02,1\n"))
        assert str(caught.value) == f"x.csv:3: {words}"

    def test_today_is_the_plans_day_and_not_the_clocks(self, tmp_path: Path) -> None:
        written(tmp_path / "x.csv", "day,sessions\n2026-03-02,1\n", LATER - DAY)
        evening = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # 2 March in Paris
        options = CsvOptions.model_validate({"connector": "csv_file", "path": "x.csv"})
        context = Context("nps", tmp_path, "Europe/Paris", "EUR", reveal=lambda _: "", now=lambda: evening)
        assert len(readings(CsvFile(options, context))) == 1
        with pytest.raises(SourceMisread, match="is after today"):
            readings(CsvFile(options, replace(context, zone="UTC")))
        assert len(readings(CsvFile(options, replace(context, zone="UTC", today=date(2026, 3, 5))))) == 1

    @pytest.mark.parametrize("measure", ["sessions", "clicks", "responses", "emails_opened", "engagement_seconds"])
    def test_what_is_counted_is_never_below_zero(self, measure: str, file: File) -> None:
        with pytest.raises(SourceMisread, match=rf"^x\.csv:3: {measure}: '-1' is below zero"):
            readings(file(f"day,{measure}\n2026-03-01,1\n2026-03-02,-1\n"))

    @pytest.mark.parametrize("measure", ["revenue", "orders", "items", "refunds", "score_sum"])
    def test_a_correction_may_be_below_zero(self, measure: str, file: File) -> None:
        assert amounts(file(f"day,{measure}\n2026-03-01,-1\n"), measure) == [-1]

    @pytest.mark.parametrize(
        ("header", "row", "words"),
        [
            ("sessions,engaged_sessions", "10,11", "engaged_sessions 11 is more than sessions 10"),
            ("search_clicks,search_impressions", "3,2", "search_clicks 3 is more than search_impressions 2"),
            ("responses,promoters,passives,detractors", "9,4,3,3", "promoters 4 + passives 3 + detractors 3 is more"),
            ("responses,promoters,detractors", "9,5,5", "promoters 5 + detractors 5 is more than responses 9"),
            ("responses,satisfied", "9,10", "satisfied 10 is more than responses 9"),
            ("position_weight,search_impressions", "99.5,100", "search_impressions 100 is more than position_weight"),
        ],
    )
    def test_a_part_above_its_whole_is_refused_with_its_line(
        self, header: str, row: str, words: str, file: File
    ) -> None:
        fine = ",".join("0" for _ in row.split(","))
        with pytest.raises(SourceMisread) as caught:
            readings(file(f"day,{header}\n2026-03-01,{fine}\n2026-03-02,{row}\n"))
        assert str(caught.value).startswith(f"x.csv:3: {words}")

    @pytest.mark.parametrize(
        ("header", "row"),
        [
            ("sessions,engaged_sessions", ",11"),
            ("responses,promoters,detractors", "9,9,"),
            ("clicks,impressions", "3,2"),
            ("emails_delivered,emails_opened", "0,20"),
            ("position_weight,search_impressions", "99.95,100"),
        ],
    )
    def test_what_may_be_is_read(self, header: str, row: str, file: File) -> None:
        assert len(readings(file(f"day,{header}\n2026-03-01,{row}\n"))) == 1


class TestWhatIsNoTableAtAll:
    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"PK\x03\x04\x14\0\x06\0\x08\0[Content_Types].xml", "is an Excel workbook (.xlsx): open it"),
            (b"PK\x03\x04\x14\0mimetypeapplication/vnd.oasis.opendocument", "is an OpenDocument spreadsheet"),
            (b"PK\x03\x04\x14\0sales.csv", "is a ZIP archive: unpack it"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an Excel workbook (.xls): open it and save it as CSV"),
            (b"%PDF-1.7\n", "is a PDF"),
            (b"PAR1\x15\x04", "is a Parquet file"),
            (b"SQLite format 3\0\x10", "is an SQLite database: read it with connector: sql"),
            (gzip.compress(b"day,sessions\n", mtime=0), "is compressed: let its name end with .gz"),
            (b"\n<!DOCTYPE html><html>", "is a web page or XML, perhaps of a login that failed"),
            (b'[{"day": "2026-03-01"}]', "is JSON"),
            ("day,sessions\n2026-03-01,1\n".encode("utf-16"), "is UTF-16: say so in sources.yaml, encoding: utf-16"),
            ("day,sessions\n2026-03-01,1\n".encode("utf-16-le"), "is UTF-16: say so in sources.yaml, encoding: utf-16"),
        ],
    )  # fmt: skip
    def test_another_sort_of_file_is_called_by_its_name(self, content: bytes, words: str, file: File) -> None:
        with pytest.raises(SourceMisread) as caught:
            readings(file(content))
        assert str(caught.value).startswith(f"x.csv:1: {words}")

    @pytest.mark.parametrize(
        ("content", "delimiter", "message"),
        [
            ("sep=;\nday;sessions\n2026-03-01;1\n", ";", "x.csv:1: is a note for Excel and no header: delete the line"),
            (
                "sep=;\nday;sessions\n2026-03-01;1\n",
                ",",
                "x.csv:1: is a note for Excel and no header: delete the line, and say delimiter: ';'",
            ),
            (
                "Tea shop, all campaigns\n\nday,sessions\n2026-03-01,1\n",
                ",",
                "x.csv:1: is no header; line 3 looks like it: delete the lines above it",
            ),
        ],
    )
    def test_lines_above_the_header_are_told_from_it(
        self, content: str, delimiter: str, message: str, file: File
    ) -> None:
        with pytest.raises(SourceMisread) as caught:
            readings(file(content, delimiter=delimiter))
        assert str(caught.value) == message

    @pytest.mark.parametrize(("delimiter", "sign"), [("tab", "\t"), ("\\t", "\t"), (";", ";"), ("|", "|")])
    def test_a_delimiter_can_be_written_as_it_is_advised(self, delimiter: str, sign: str, file: File) -> None:
        assert amounts(file(f"day{sign}sessions\n2026-03-01{sign}1\n", delimiter=delimiter)) == [1]

    @pytest.mark.parametrize("name", ["x.csv", "x.csv.gz"])
    @pytest.mark.parametrize("before", ["", "2026-03-01,a,1\n"])
    def test_a_row_without_end_is_refused_with_its_line(self, before: str, name: str, tmp_path: Path) -> None:
        endless = "a" * (text_rows.LONGEST + 10)
        written(tmp_path / name, f"day,campaign,sessions\n{before}{endless}\n", LATER - DAY)
        with pytest.raises(SourceMisread, match=rf"^{name}:{3 if before else 2}: is longer than 1,048,576 characters"):
            readings(csv_file(tmp_path, name))

    @pytest.mark.parametrize("row", ['"' + "x\n" * (1 << 20) + '"', ",".join(['"' + "y" * 99_999 + '\n"'] * 20)])
    def test_a_row_of_many_lines_has_an_end_too(self, row: str, file: File) -> None:
        with pytest.raises(SourceMisread, match=r"^x\.csv:2: "):
            readings(file(f"day,campaign,sessions\n{row}\n"))

    def test_a_header_without_end_is_refused(self, file: File) -> None:
        with pytest.raises(SourceMisread, match=r"^x\.csv:1: is longer than"):
            readings(file("day," * (1 << 20)))

    def test_a_pipe_is_no_file(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "x.csv")
        with pytest.raises(SourceRefused, match="no file is called"):
            readings(csv_file(tmp_path))


LEAVE_OUT = " (or leave it out: ignore: ['{}'])"
ONE_COLUMN = ": the header is one column; perhaps delimiter: {} is meant"


class TestTheHeader:
    @pytest.mark.parametrize(
        ("header", "options", "message"),
        [
            ("day,sesions", {}, "unknown column 'sesions'; did you mean 'sessions'?" + LEAVE_OUT.format("sesions")),
            ("Day,sessions", {}, "unknown column 'Day': write 'day'" + LEAVE_OUT.format("Day")),
            ("day,sessions,qqqq", {}, "unknown column 'qqqq'" + LEAVE_OUT.format("qqqq")),
            ("day,sessions,", {}, "unknown column ''" + LEAVE_OUT.format("")),
            (
                "day,demo_request",
                {"measures": {"demo_requests": "count"}},
                "unknown column 'demo_request'; did you mean 'demo_requests'?" + LEAVE_OUT.format("demo_request"),
            ),
            (
                "Datum,sessions",
                {"columns": {"Datum": "dya"}},
                "unknown column 'Datum'; did you mean 'day'?" + LEAVE_OUT.format("Datum"),
            ),
            (
                "day,sessions",
                {"columns": {"Sessions": "sessions"}},
                "'columns' renames 'Sessions', which is not in the header: write 'sessions'",
            ),
            ("day,sessions,sessions", {}, "two columns are 'sessions'"),
            ("day,day,sessions", {}, "two columns are 'day'"),
            ("day,campaign,campaign,sessions", {}, "two columns are 'campaign'"),
            ("day,sessions,Besuche", {"columns": {"Besuche": "sessions"}}, "two columns are 'sessions'"),
            ("campaign,sessions", {}, "there is no column 'day'"),
            ("day,campaign", {}, "no column is a measure, such as sessions or revenue"),
            ("day", {}, "no column is a measure, such as sessions or revenue"),
            ("day,sessions", {"ignore": ["sessions"]}, "no column is a measure, such as sessions or revenue"),
            ("day;sessions", {}, "unknown column 'day;sessions'" + ONE_COLUMN.format("';'")),
            ("day\tsessions", {}, "unknown column 'day sessions'" + ONE_COLUMN.format("tab")),
            ("day,sessions", {"delimiter": ";"}, "unknown column 'day,sessions'" + ONE_COLUMN.format("','")),
        ],
    )
    def test_a_header_that_cannot_be_told_is_told_with_the_remedy(
        self, header: str, options: dict[str, Any], message: str, file: File
    ) -> None:
        for attempt in ("check", "read"):
            connector = file(f"{header}\n2026-03-01,1\n", **options)
            with pytest.raises(SourceMisread) as caught:
                connector.check() if attempt == "check" else readings(connector)
            assert str(caught.value) == f"x.csv:1: {message}"

    @pytest.mark.parametrize(
        "name",
        [
            "How likely are you to recommend us to a friend or colleague?",
            "Montant d\u00e9pens\u00e9\u00a0(EUR)",
            "l'\u0153uvre",
            "x" * 10_000,
            "a\u202eb\x1b[2J",
        ],
        ids=["long", "a no-break space", "a quote", "very long", "what a terminal would obey"],
    )
    def test_what_a_message_says_to_write_can_be_copied(self, name: str, file: File) -> None:
        with pytest.raises(SourceMisread) as caught:
            readings(file(f"day,sessions,{name}\n2026-03-01,1,2\n"))
        assert len(str(caught.value)) < 700
        copied = yaml.safe_load("{" + str(caught.value).partition("(or leave it out: ")[2].removesuffix(")") + "}")
        assert amounts(file(f"day,sessions,{name}\n2026-03-01,1,2\n", **copied)) == [1]

    def test_measures_of_the_sources_own_are_read_where_they_are_declared(self, file: File) -> None:
        connector = file(
            "day,sessions,demo_requests\n2026-03-01,10,2\n2026-03-02,10,\n", measures={"demo_requests": "count"}
        )
        assert amounts(connector, "demo_requests") == [2, None]
        assert connector.check().measures == frozenset({"sessions", "demo_requests"})
        assert covered(connector) == dict.fromkeys(days_of_march(1, 2), frozenset({"sessions", "demo_requests"}))

    def test_without_a_currency_the_money_is_the_plans(self, file: File) -> None:
        (reading,) = readings(file("day,revenue\n2026-03-01,10\n"))
        assert reading.origin.currency == "EUR"

    def test_the_entry_may_say_the_currency(self, file: File) -> None:
        connector = file("day,revenue\n2026-03-01,10\n", currency="USD")
        assert connector.check().currency == "USD"
        assert readings(connector)[0].origin.currency == "USD"

    def test_a_currency_column_says_it_row_by_row_and_the_entry_for_the_rest(self, file: File) -> None:
        connector = file("day,currency,revenue\n2026-03-01,GBP,1\n2026-03-01, SEK ,2\n2026-03-01,,3\n", currency="USD")
        found = [(reading.origin.currency, reading.measures["revenue"]) for reading in readings(connector)]
        assert found == [("GBP", 1), ("SEK", 2), ("USD", 3)]

    @pytest.mark.parametrize("cell", ["eur", "EURO", "€", "E R", "\u0395UR"])
    def test_what_is_no_currency_is_told_with_file_and_line(self, cell: str, file: File) -> None:
        with pytest.raises(SourceMisread) as caught:
            readings(file(f"day,currency,revenue\n2026-03-01,{cell},1\n"))
        assert str(caught.value) == f"x.csv:2: '{cell}' is not a currency: three capital letters, as EUR"


class TestWhatItCovers:
    ROWS = "day,sessions\n2026-03-03,1\n2026-03-06,1\n"

    def test_a_file_covers_its_first_day_to_its_last_for_the_measures_it_has(self, file: File) -> None:
        assert covered(file(self.ROWS)) == dict.fromkeys(days_of_march(3, 4, 5, 6), frozenset({"sessions"}))

    @pytest.mark.parametrize(
        ("covers", "days"),
        [
            ({"from": "2026-03-01"}, (1, 2, 3, 4, 5, 6)),
            ({"until": "2026-03-08"}, (3, 4, 5, 6, 7, 8)),
            ({"from": "2026-03-02", "until": "2026-03-07"}, (2, 3, 4, 5, 6, 7)),
        ],
    )
    def test_the_entry_may_say_more(self, covers: dict[str, str], days: tuple[int, ...], file: File) -> None:
        assert list(covered(file(self.ROWS, covers=covers))) == days_of_march(*days)

    @pytest.mark.parametrize("covers", [{"from": "2026-03-07"}, {"until": "2026-03-02"}])
    def test_a_file_without_a_row_of_the_days_said_has_nothing_to_say(self, covers: dict[str, str], file: File) -> None:
        assert list(file(self.ROWS, covers=covers).read(YEAR)) == []

    def test_only_the_days_asked_for_are_said_to_be_covered(self, file: File) -> None:
        window = Window(date(2026, 3, 5), date(2026, 3, 20))
        assert list(covered(file(self.ROWS), window)) == days_of_march(5, 6)

    def test_what_is_covered_is_said_before_anything_is_read(self, file: File) -> None:
        first, *rest = file(self.ROWS).read(MARCH)
        assert isinstance(first, Covered)
        assert first.window == Window(date(2026, 3, 3), date(2026, 3, 7))
        assert first.measures == {"sessions"}
        assert all(isinstance(item, Reading) for item in rest)

    def test_check_says_the_days_and_the_files(self, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text("day,sessions\n2026-03-03,1\n")
        (tmp_path / "b.csv").write_text("day,orders\n2026-03-09,1\n")
        info = csv_file(tmp_path, "*.csv").check()
        assert info.account == "a.csv, b.csv"
        assert info.days == Window(date(2026, 3, 3), date(2026, 3, 10))
        assert info.measures == frozenset({"sessions", "orders"})

    @pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", "day,sessions\n", "\ufeffday,sessions\r\n\r\n"])
    def test_a_file_without_a_row_has_nothing_to_say(self, content: str, file: File) -> None:
        connector = file(content)
        assert list(connector.read(YEAR)) == []
        assert connector.check().days is None

    def test_a_file_that_is_not_sorted_is_read_in_the_order_of_its_days(self, file: File) -> None:
        rows = "".join(f"2026-03-{day:02},{day}\n" for day in (9, 2, 30, 2, 17, 1))
        found = readings(file("day,sessions\n" + rows))
        assert [(reading.day.day, reading.measures["sessions"]) for reading in found] == [
            (1, 1),
            (2, 2),
            (2, 2),
            (9, 9),
            (17, 17),
            (30, 30),
        ]


class TestDamage:
    WHOLE = gzip.compress(b"day,sessions\n" + b"".join(b"2026-03-01,%d\n" % n for n in range(2000)))

    @pytest.mark.parametrize("length", [5, 15, 100, len(WHOLE) - 9, len(WHOLE) - 8, len(WHOLE) - 1])
    def test_a_compressed_file_that_was_cut_is_told(self, length: int, file: File) -> None:
        with pytest.raises(SourceMisread, match=r"^x\.csv\.gz:\d+: is damaged, or not whole: "):
            readings(file(self.WHOLE[:length], path="x.csv.gz"))

    @pytest.mark.parametrize("place", [0, 3, 30, 200, len(WHOLE) - 6])
    def test_a_compressed_file_with_a_wrong_byte_is_told_or_read_as_it_was(self, place: int, file: File) -> None:
        content = bytearray(self.WHOLE)
        content[place] ^= 0xFF
        with pytest.raises(SourceMisread, match=r"^x\.csv\.gz:\d+: "):
            readings(file(bytes(content), path="x.csv.gz"))

    def test_a_plain_file_called_compressed_is_told(self, file: File) -> None:
        with pytest.raises(SourceMisread, match=r"^x\.csv\.gz:1: is damaged, or not whole: Not a gzipped file"):
            readings(file("day,sessions\n2026-03-01,1\n", path="x.csv.gz"))

    def test_a_spreadsheet_called_csv_is_told(self, file: File) -> None:
        with pytest.raises(SourceMisread, match=r"^x\.csv:1: "):
            readings(file(b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00\xa4\x9f"))


class TestAFileThatIsBeingWritten:
    ROWS = "day,revenue\n2026-03-01,50.00\n2026-03-02,300.00\n"

    @pytest.mark.parametrize("name", ["x.csv", "x.csv.gz"])
    @pytest.mark.parametrize("length", range(11, len(ROWS)))
    def test_no_beginning_of_a_file_is_believed_but_at_the_end_of_a_line(
        self, length: int, name: str, tmp_path: Path
    ) -> None:
        beginning = self.ROWS[:length]
        written(tmp_path / name, beginning, LATER - DAY)
        if beginning.endswith("\n"):
            assert len(readings(csv_file(tmp_path, name))) == beginning.count("\n") - 1
            return
        with pytest.raises(
            SourceUnavailable, match=r"^x\.csv.*: is not finished: its last line does not end.*new line$"
        ):
            readings(csv_file(tmp_path, name))

    @pytest.mark.parametrize("ending", ['2026-03-02,"a', "2026-03-02,a,1,2", "2026-03", "2026-03-02,a,x"])
    def test_half_a_row_is_no_fault_of_the_file(self, ending: str, file: File) -> None:
        with pytest.raises(SourceUnavailable, match=r"is not finished"):
            readings(file(f"day,campaign,sessions\n2026-03-01,a,1\n{ending}"))

    @pytest.mark.parametrize(
        ("age", "waits"), [(0.0, 5.0), (2.0, 3.0), (4.5, 0.5), (5.0, None), (-2.0, 5.0), (-60.0, None)]
    )
    def test_a_file_that_was_just_written_is_read_once_it_was_left_alone_for_five_seconds(
        self, age: float, waits: float | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        waited: list[float] = []
        monkeypatch.setattr(text_rows, "CALM", 5.0)
        monkeypatch.setattr("time.sleep", waited.append)
        written(tmp_path / "x.csv", self.ROWS, LATER - timedelta(seconds=age))
        assert amounts(csv_file(tmp_path), "revenue") == [50, 300]
        assert waited == ([] if waits is None else [waits])

    def test_a_file_that_grows_meanwhile_is_left_for_the_next_time(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = written(tmp_path / "x.csv", self.ROWS, LATER)
        monkeypatch.setattr(text_rows, "CALM", 5.0)
        monkeypatch.setattr("time.sleep", lambda _: written(path, self.ROWS + "2026-03-03,1\n", LATER))
        with pytest.raises(SourceUnavailable, match=r"^x\.csv: is being written") as caught:
            readings(csv_file(tmp_path))
        assert caught.value.retry_after == 5

    @pytest.mark.parametrize("change", ["written over", "replaced", "longer"])
    def test_a_file_that_changes_while_it_is_read_is_believed_no_further(self, change: str, tmp_path: Path) -> None:
        rows = "".join(f"{date(2025, 1, 1) + DAY * (number // 10)},{number}\n" for number in range(3000))
        path = written(tmp_path / "x.csv", "day,sessions\n" + rows, LATER - DAY)
        items = csv_file(tmp_path).read(Window(date(2025, 1, 1), date(2027, 1, 1)))
        first = next(item for item in items if isinstance(item, Reading))
        assert first.measures == {"sessions": 0}
        if change == "written over":
            written(path, "day,sessions\n" + rows, LATER)
        elif change == "replaced":
            written(tmp_path / "new.csv", "day,sessions\n" + rows, LATER - DAY).replace(path)
        else:
            written(path, "day,sessions\n" + rows + "2026-01-01,1\n", LATER - DAY)
        if change == "replaced":  # the one that was opened is read to its end
            assert sum(1 for _ in items) == 2999
            return
        with pytest.raises(SourceUnavailable, match=r"^x\.csv: changed while it was read"):
            list(items)

    @pytest.mark.parametrize(
        ("at", "said"),
        [
            (datetime(2026, 9, 15, 12, tzinfo=UTC), datetime(2026, 9, 15, 12, tzinfo=UTC)),
            (LATER + 400 * DAY, LATER),
        ],
        ids=["long ago", "in the future"],
    )
    def test_it_says_when_a_file_was_written_which_is_not_later_than_now(
        self, at: datetime, said: datetime, tmp_path: Path
    ) -> None:
        written(tmp_path / "x.csv", self.ROWS, at)
        assert [item.written_at for item in csv_file(tmp_path).read(YEAR) if isinstance(item, Covered)] == [said]


class TestFilesThatSayTheSame:
    def test_the_newer_of_two_exports_speaks_for_its_days_and_it_is_said(self, tmp_path: Path) -> None:
        rows = "".join(f"2026-09-{day:02},brand,10\n" for day in range(1, 31))
        written(tmp_path / "ads-09.csv", "day,campaign,spend\n" + rows, datetime(2026, 10, 1, tzinfo=UTC))
        written(tmp_path / "ads-09 (1).csv", "day,campaign,spend\n" + rows, datetime(2026, 10, 2, tzinfo=UTC))
        items = list(csv_file(tmp_path, "ads-*.csv").read(YEAR))
        assert sum(item.measures["spend"] or 0 for item in items if isinstance(item, Reading)) == 300
        assert {item.written_at for item in items if isinstance(item, Covered)} == {datetime(2026, 10, 2, tzinfo=UTC)}
        (remark,) = [item.text for item in items if isinstance(item, Remark)]
        assert csv_file(tmp_path, "ads-*.csv").check().remarks == (remark,)
        assert remark == (
            "ads-09.csv and ads-09 (1).csv hold the same labels on 2026-09-01 to 2026-09-30: only the newer, "
            "ads-09 (1).csv, counts there. Delete the other; if they add up, give each a label of its own, "
            "or make them two sources"
        )

    @pytest.mark.parametrize(
        ("older", "newer", "counted"),
        [
            # day 2 is in both
            ("1,a,10 2,a,20", "2,a,21 3,a,30", {1: 10, 2: 21, 3: 30}),
            # the newer file has a row less on day 1, and the older one none of the newer's labels on day 2
            ("1,a,10 1,b,5 2,a,20", "1,a,10 2,b,1", {1: 10, 2: 21}),
            # rows of one file add up
            ("1,a,10 1,a,1", "1,b,5 1,b,5", {1: 21}),
            # a day of which the newer one has no row
            ("1,a,10 2,a,20 3,a,30", "1,a,11 3,a,31", {1: 11, 2: 20, 3: 31}),
        ],
        ids=["overlapping exports", "the day is replaced whole", "different labels add up", "a day left out"],
    )
    def test_a_day_that_two_files_have_is_the_newer_ones(
        self, older: str, newer: str, counted: dict[int, int], tmp_path: Path
    ) -> None:
        for name, rows, day in (("b.csv", older, 1), ("a.csv", newer, 2)):
            lines = "".join(f"2026-09-0{row}\n" for row in rows.split())
            written(tmp_path / name, "day,campaign,spend\n" + lines, datetime(2026, 10, day, tzinfo=UTC))
        found: dict[int, Any] = {}
        for reading in readings(csv_file(tmp_path, "*.csv"), YEAR):
            found[reading.day.day] = found.get(reading.day.day, 0) + reading.measures["spend"]
        assert found == counted

    def test_other_measures_of_the_same_labels_are_no_overlap(self, tmp_path: Path) -> None:
        written(tmp_path / "a.csv", "day,campaign,spend,clicks\n2026-09-01,a,10,3\n", LATER - 2 * DAY)
        written(tmp_path / "b.csv", "day,campaign,sessions,clicks\n2026-09-01,a,7,4\n", LATER - DAY)
        items = list(csv_file(tmp_path, "*.csv").read(YEAR))
        measures = [dict(item.measures) for item in items if isinstance(item, Reading)]
        assert measures == [{"sessions": 7, "clicks": 4}, {"spend": 10}]
        assert len([item for item in items if isinstance(item, Remark)]) == 1

    def test_of_two_files_as_old_as_each_other_the_name_decides(self, tmp_path: Path) -> None:
        for name, spend in (("a.csv", 1), ("b.csv", 2)):
            written(tmp_path / name, f"day,spend\n2026-09-01,{spend}\n", LATER - DAY)
        assert amounts(csv_file(tmp_path, "*.csv"), "spend") == [2]

    def test_a_day_without_a_row_in_either_is_as_new_as_the_newer(self, tmp_path: Path) -> None:
        old, new = LATER - 2 * DAY, LATER - DAY
        written(tmp_path / "a.csv", "day,spend\n2026-09-01,1\n2026-09-03,1\n", old)
        written(tmp_path / "b.csv", "day,spend\n2026-09-01,1\n2026-09-04,1\n", new)
        said = {
            day.day: item.written_at
            for item in csv_file(tmp_path, "*.csv").read(YEAR)
            if isinstance(item, Covered)
            for day in item.window
        }
        assert said == {1: new, 2: new, 3: old, 4: new}


PLAN = """
plan: P
currency: EUR
timezone: Europe/Paris
starts: 2026-03-01
ends: 2026-03-31
people: {lead: {name: Lead, email: lead@shop.example}}
"""


class TestThroughTheCommandLine:
    def test_nothing_of_a_faulty_file_is_stored(self, vigie: Write) -> None:
        rows = "".join(f"2026-03-{day:02},1\n" for day in range(1, 20))
        run = vigie(
            PLAN,
            "nps: {connector: csv_file, path: x.csv}",
            today="2026-03-25",
            **{"x.csv": f"day,sessions\n{rows}2026-03-20,x\n"},
        )
        answer = run("collect")
        assert answer.code == 1
        assert "x.csv:21: sessions: 'x' is not a number" in answer.out + answer.err
        assert run.export("readings") == []

    def test_a_fault_keeps_what_was_stored_before(self, vigie: Write) -> None:
        run = vigie(
            PLAN,
            "nps: {connector: csv_file, path: x.csv}",
            today="2026-03-25",
            **{"x.csv": "day,sessions\n2026-03-01,5\n"},
        )
        assert run("collect").code == 0
        before = run.export("readings")
        run.write({"plans/p/x.csv": "day,sessions\n2026-03-01,6\n2026-03-02,1e999\n"})
        assert run("collect").code == 1
        assert run.export("readings") == before

    def test_a_misspelt_option_names_the_line_and_the_nearest(self, vigie: Write) -> None:
        answer = vigie(PLAN, "nps:\n  connector: csv_file\n  path: x.csv\n  delimeter: ';'\n")("check")
        assert answer.code == 2
        assert "plans/p/sources.yaml:4: unknown key 'delimeter'; did you mean 'delimiter'?" in answer.out + answer.err

    def test_a_wrong_option_names_the_line(self, vigie: Write) -> None:
        answer = vigie(PLAN, "nps:\n  connector: csv_file\n  path: x.csv\n  encoding: klingon\n")("check")
        assert answer.code == 2
        assert "plans/p/sources.yaml:4: nps.encoding: there is no encoding 'klingon'" in answer.out + answer.err
