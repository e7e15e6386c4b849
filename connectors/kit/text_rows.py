"""A text file on the disk -> its rows, a block at a time: finished, unchanged while it is read, no row without end."""

import codecs
import csv
import gzip
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import IO, NamedTuple

from config.errors import SourceError, SourceMisread, SourceRefused, SourceUnavailable

BLOCK = 1_000  # rows read at once
HELD = 4 << 20  # characters of them, about
LONGEST = 1 << 20  # characters of one row
BEGINNING = 4_096  # characters of a line, or bytes of a file, that show what it is
CALM = 5.0  # seconds without a change after which nobody is writing a file any more

#: a row, and the line it begins on
NumberedRow = tuple[int, list[str]]


class Stamp(NamedTuple):
    """How a file lies on the disk: where another one took its place, or its content changed, this differs."""

    device: int
    inode: int
    size: int
    written_ns: int


@dataclass(frozen=True)
class TextRows:
    """A file of rows; ``.gz`` is compressed."""

    source: str
    path: Path
    delimiter: str
    encoding: str

    def stamp(self) -> Stamp:
        """How it lies there now. Raises SourceRefused or SourceUnavailable where that cannot be told."""
        try:
            return _stamp(self.path.stat())
        except OSError as error:
            raise self._unreadable(error) from error

    def beginning(self, lines: int) -> list[str]:
        """How the first lines begin, as far as they can be read as text."""
        try:
            with self._opened(errors="replace") as (_, text):
                return [text.readline(LONGEST)[:BEGINNING] for _ in range(lines)]
        except (OSError, EOFError, UnicodeError, zlib.error):
            return []

    def first_bytes(self) -> bytes:
        """How the file begins, decompressed; nothing where that cannot be read."""
        try:
            with self.path.open("rb") as raw, self._decompressed(raw) as content:
                return content.read(BEGINNING)
        except (OSError, EOFError, zlib.error):
            return b""

    def blocks(self, stamp: Stamp) -> Iterator[list[NumberedRow]]:
        """The rows that hold something. Raises SourceUnavailable for a file not as ``stamp`` says, or unfinished.

        A block is given only if nothing had changed when it was read.
        """
        with self._opened() as (raw, text):
            lines = _Lines(text)
            for block in self._rows(lines):
                self._see_same(stamp, _stamp(os.fstat(raw.fileno())))
                yield block

    def misread(self, line: int, reason: object) -> SourceMisread:
        """Something is wrong at a line."""
        return SourceMisread(f"{self.path.name}:{line}: {reason}")

    def _see_same(self, before: Stamp, now: Stamp) -> None:
        if before != now:
            raise SourceUnavailable(f"{self.path.name}: changed while it was read: it is read again", retry_after=CALM)

    def _rows(self, lines: "_Lines") -> Iterator[list[NumberedRow]]:
        reader = csv.reader(lines, delimiter=self.delimiter, strict=True)
        block: list[NumberedRow] = []
        line, held = 1, 0
        try:
            for row in reader:
                if row:
                    block.append((line, row))
                line = reader.line_num + 1
                held, lines.of_row = held + lines.of_row, 0
                if len(block) == BLOCK or held > HELD:
                    yield block
                    block, held = [], 0
        except (csv.Error, UnicodeError, EOFError, zlib.error, OSError, _EndlessRow) as error:
            raise self._trouble(error, line, lines) from error
        if not lines.is_finished:
            raise self._unfinished()
        if block:
            yield block

    def _trouble(self, error: Exception, line: int, lines: "_Lines") -> SourceError:
        match error:
            case _EndlessRow():
                return self.misread(line, f"is longer than {LONGEST:,} characters: is this the end of a line?")
            case EOFError() | zlib.error() | gzip.BadGzipFile():
                return self.misread(line, f"is damaged, or not whole: {error}")
            case OSError():
                return self._unreadable(error)
            case _ if not lines.is_finished:
                return self._unfinished()
            case UnicodeError():
                name = self.encoding.removesuffix("-sig")
                wrong = f"is not {name}: save it as UTF-8, or say which encoding: it is in"
                return self.misread(self._undecodable(), wrong)
        return self.misread(line, f"{error}: is a quote opened here that is never closed, or closed too early?")

    def _unfinished(self) -> SourceUnavailable:
        text = "is not finished: its last line does not end. If nothing is missing, end it with a new line"
        return SourceUnavailable(f"{self.path.name}: {text}", retry_after=CALM)

    def _undecodable(self) -> int:
        """The line of the first sign that is not in the file's encoding: a file is decoded in blocks, not in lines."""
        try:
            with self._opened(errors="replace") as (_, text):
                lines = iter(partial(text.readline, LONGEST), "")
                return next((number for number, line in enumerate(lines, 1) if "\ufffd" in line), 1)
        except UnicodeError:  # an encoding that wants a mark at the beginning
            return 1

    @contextmanager
    def _opened(self, errors: str = "strict") -> Iterator[tuple[IO[bytes], TextIOWrapper]]:
        try:
            raw = self.path.open("rb")
        except OSError as error:
            raise self._unreadable(error) from error
        with raw, TextIOWrapper(self._decompressed(raw), self.encoding, errors, newline="") as text:
            yield raw, text

    def _decompressed(self, raw: IO[bytes]) -> IO[bytes]:
        return gzip.GzipFile(fileobj=raw) if self.path.suffix.lower() == ".gz" else raw  # type: ignore[return-value]

    def _unreadable(self, error: OSError) -> SourceError:
        message = f"{self.source}: {self.path} cannot be read: {error.strerror or error}"
        if isinstance(error, FileNotFoundError | PermissionError):
            return SourceRefused(message)
        return SourceUnavailable(message)  # a disk, or the way to it


class _EndlessRow(Exception):
    """A row is longer than any would be."""


class _Lines:
    """The lines of a text. What is read of one row is counted, so that none fills the memory."""

    def __init__(self, text: TextIOWrapper) -> None:
        self.text = text
        self.of_row = 0
        self.last = "\n"

    def __iter__(self) -> Iterator[str]:
        for line in iter(partial(self.text.readline, LONGEST + 1), ""):
            self.of_row += len(line)
            if self.of_row > LONGEST:
                raise _EndlessRow
            self.last = line
            yield line

    @property
    def is_finished(self) -> bool:
        """Whether the last line read has its end."""
        return self.last.endswith(("\n", "\r"))


def _stamp(found: os.stat_result) -> Stamp:
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


def encoding_of(value: str) -> str:
    """An encoding's name, UTF-8 with or without a mark in front. Raises ValueError for one that there is not."""
    try:
        "".encode(value)
    except (LookupError, ValueError):
        raise ValueError(f"there is no encoding '{value}': write it as utf-8, cp1252 or utf-16") from None
    return "utf-8-sig" if codecs.lookup(value).name == "utf-8" else value
