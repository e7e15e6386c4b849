"""What is wrong, said on standard error, in the user's language."""

import os
import sys
from argparse import Namespace
from pathlib import Path

from config.errors import Problem
from config.message import Message
from config.settings import configuration_folder
from worker.report.plain import plain
from worker.wording import Translator


def to_standard_error(text: str) -> None:
    """Write a line that nothing from outside can steer the terminal by."""
    print(plain(text), file=sys.stderr)


def complain(text: str) -> None:
    """Say that something is not as it should be."""
    to_standard_error(f"vigie: {text}")


def said(text: object, translator: Translator) -> str:
    """A message in this language; what comes from outside as it is."""
    return translator.say(text) if isinstance(text, Message) else str(text)


def problem_line(problem: Problem, asked: Namespace, translator: Translator) -> str:
    """Where something is wrong and what, as terminals and editors make it a link."""
    text = said(problem.message, translator)
    if problem.level == "warning":
        text = translator.say("warning: {problem}", problem=text)
    place = _seen_from_here(configuration_folder(asked.config), problem.file)
    return f"{place}:{problem.line}: {text}" if problem.line else f"{place}: {text}"


def _seen_from_here(folder: Path, file: str) -> str:
    """The path of a file from where one stands, or in full where that is shorter; what is no file as it is."""
    path = folder / file
    if not path.exists():
        return file
    return min(os.path.relpath(path), str(path), key=len)
