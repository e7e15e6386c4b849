"""The files that ``vigie init`` writes, copied from ``config/examples``."""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from config.errors import PlanError, Problem


def write_starter(folder: Path, example: str = "starter") -> list[str]:
    """Write a configuration into a new or empty folder; gives the paths. Raises PlanError where one is there."""
    source = files("config").joinpath("examples", example)
    wanted = dict(_files(source))
    for path in wanted:
        if (folder / path).exists():
            raise PlanError([Problem(str(folder / path), 0, "exists already: name a new or empty folder")])
    try:
        for path, file in wanted.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(file.read_bytes())
    except OSError as error:
        raise PlanError([Problem(str(folder), 0, f"cannot be written: {error.strerror}")]) from error
    return [str(folder / path) for path in wanted]


def _files(folder: Traversable, at: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry, f"{at}{entry.name}/")
        elif not entry.name.startswith("."):
            yield f"{at}{entry.name}", entry
