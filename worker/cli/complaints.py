"""What is wrong, said on standard error, in the user's language."""

import sys
from pathlib import Path

from config.errors import Problem
from config.message import Message
from worker.report.plain import plain
from worker.wording import Translator

FAILED, TO_CHANGE = 1, 2  # exit codes


def to_standard_error(text: str) -> None:
    """Write a line that nothing from outside can steer the terminal by."""
    print(plain(text), file=sys.stderr)


def complain(text: str) -> None:
    """Say that something is not as it should be."""
    to_standard_error(f"vigie: {text}")


def said(text: object, translator: Translator) -> str:
    """A message in this language; what comes from outside as it is."""
    return translator.say(text) if isinstance(text, Message) else str(text)


def problem_line(problem: Problem, translator: Translator) -> str:
    """Where something is wrong and what, as terminals and editors make it a link from where one stands."""
    return translator.say(problem.told(Path.cwd()))
