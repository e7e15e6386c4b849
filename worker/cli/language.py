"""In which language the command line speaks, settled before anything heavy is loaded: English needs no catalogue."""

import argparse
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from config.environment import language_of_locale
from config.errors import PlanError
from config.languages import LANGUAGES
from config.message import Message, filled, marked

#: the line of a plan that names its language: read by itself, as the rest may hold a mistake
_NAMED = re.compile(r"""^language:[ \t]*["']?(\w+)""", re.MULTILINE)

#: commands that are about no plan yet
_WITHOUT_PLAN = ("init", "demo")

#: argparse's own words, as far as anyone can come to read them
_OF_ARGPARSE = (
    marked("usage: "),
    marked("positional arguments"),
    marked("options"),
    marked("show this help message and exit"),
    marked("%(prog)s: error: %(message)s\n"),
    marked("argument %(argument_name)s: %(message)s"),
    marked("ambiguous option: %(option)s could match %(matches)s"),
    marked("expected one argument"),
    marked("ignored explicit argument %r"),
    marked("invalid choice: %(value)r (choose from %(choices)s)"),
    marked("the following arguments are required: %s"),
    marked("unrecognized arguments: %s"),
)


class Say(Protocol):
    """Puts a message, or an English text and its parts, into a language."""

    def __call__(self, text: str | Message, /, **parts: Any) -> str:
        """The text."""


def speaker(language: str) -> Say:
    """How things are said in a language."""
    if language == "en":
        return _in_english
    from worker.wording import translator_for

    return translator_for(language).say


def _in_english(text: str | Message, /, **parts: Any) -> str:
    return str(text) if isinstance(text, Message) else filled(text, parts)


def language_of_help(arguments: Sequence[str]) -> str:
    """The language of help and of mistakes on the command line: ``--language``, else the locale's."""
    options = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    options.add_argument("--language", choices=LANGUAGES)
    try:
        given = options.parse_known_args(arguments)[0].language
    except argparse.ArgumentError:  # told in a moment, with everything else
        given = None
    return given or language_of_locale()


def language_of(asked: argparse.Namespace) -> str:
    """The language of a command: ``--language``, else that of all plans it is about, else the locale's."""
    if asked.language:
        return str(asked.language)
    named = set() if asked.command in _WITHOUT_PLAN else set(_languages_named(asked))
    return named.pop() if len(named) == 1 else language_of_locale()


def _languages_named(asked: argparse.Namespace) -> Iterator[str]:
    """The language of each plan asked for: English where its file names none."""
    from config.loading.loader import PLAN, plan_folders
    from config.settings import configuration_folder

    with suppress(PlanError):
        for folder in plan_folders(configuration_folder(asked.config)):
            if not asked.plan or folder.name in asked.plan:
                yield _language_in(folder / PLAN)


def _language_in(path: Path) -> str:
    from config.files import read_regular

    try:
        named = _NAMED.search(read_regular(path).decode(errors="replace"))
    except OSError:
        named = None
    return named[1] if named and named[1] in LANGUAGES else "en"


@contextmanager
def argparse_speaks(say: Say) -> Iterator[None]:
    """Put argparse's own words through the catalogue: it looks them up by gettext's usual name in its module."""
    own = vars(argparse)["_"]
    vars(argparse)["_"] = say
    try:
        yield
    finally:
        vars(argparse)["_"] = own
