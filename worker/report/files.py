"""A file for others to read: whole, or as it was before."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from config.errors import PlanError, Problem
from config.message import Message, message


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """What is written here takes the place of ``target`` at the end. Raises PlanError where it cannot be written."""
    part = target.parent / f".{target.name}.part"
    try:
        with part.open("wb") as out:
            yield out
        part.replace(target)
    except OSError as error:
        raise PlanError([cannot_be_written(target, error)]) from error
    finally:
        with suppress(OSError):
            part.unlink()


def cannot_be_written(target: Path, error: OSError) -> Problem:
    """That a file or folder cannot be written, and what the operating system says of it."""
    return Problem(str(target), 0, message("cannot be written: {reason}", reason=Message(error.strerror or str(error))))
