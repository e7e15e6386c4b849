"""A file for others to read: whole, or as it was before."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from config.errors import PlanError, Problem


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """What is written here takes the place of ``target`` at the end. Raises PlanError where it cannot be written."""
    part = target.parent / f".{target.name}.part"
    try:
        with part.open("wb") as out:
            yield out
        part.replace(target)
    except OSError as error:
        raise PlanError([Problem(str(target), 0, f"cannot be written: {error.strerror}")]) from error
    finally:
        with suppress(OSError):
            part.unlink()
