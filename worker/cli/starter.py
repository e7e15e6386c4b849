"""The files that ``vigie init`` and ``vigie demo`` write, copied from ``config/examples``."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from config.errors import PlanError, Problem
from config.fields import Language
from config.message import message
from worker.report.files import cannot_be_written

_EXAMPLES = files("config").joinpath("examples")


def write_starter(folder: Path, language: Language) -> list[str]:
    """Write a first plan in a language, in English where there is none in it. Raises PlanError."""
    starter = _EXAMPLES.joinpath("starter")
    own = starter.joinpath(language)
    wanted = dict(_files(own if own.is_dir() else starter.joinpath("en")))
    plan_folder = next(path for path in wanted if path.endswith("/plan.yaml")).removesuffix("plan.yaml")
    wanted[f"{plan_folder}data/figures.csv"] = starter.joinpath("figures.csv")  # the same in every language
    return _written(folder, wanted)


def write_demo(folder: Path) -> list[str]:
    """Write the plan of the demonstration. Raises PlanError."""
    return _written(folder, dict(_files(_EXAMPLES.joinpath("demo"))))


def _written(folder: Path, wanted: Mapping[str, Traversable]) -> list[str]:
    """Write files into a new or empty folder; gives their paths. Raises PlanError where one is there."""
    for path in wanted:
        if (folder / path).exists():
            raise PlanError([Problem(str(folder / path), 0, message("already exists: name a new or empty folder"))])
    try:
        for path, file in wanted.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(file.read_bytes())
    except OSError as error:
        raise PlanError([cannot_be_written(folder, error)]) from error
    return [str(folder / path) for path in wanted]


def _files(folder: Traversable, at: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _files(entry, f"{at}{entry.name}/")
        elif not entry.name.startswith("."):
            yield f"{at}{entry.name}", entry
