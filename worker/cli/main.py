"""The command line. Each command is one function; this file runs it and says what went wrong.

Exit codes: 0 all well, 1 something failed and the rest was done, 2 the user must change something.
"""

import gc
import io
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from config.errors import PlanError, VigieError
from config.message import marked
from worker.cli.arguments import COMMANDS, parsed
from worker.service.logs import set_up_logs

#: what the operating system says of a file, in English: the usual ones, so that they are translated
_TROUBLE = (
    marked("Is a directory"),
    marked("No space left on device"),
    marked("No such file or directory"),
    marked("Not a directory"),
    marked("Permission denied"),
    marked("Read-only file system"),
)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The command ``vigie``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a sign that the terminal lacks stops nothing
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Do what is asked and give the exit code; what the user or a source did wrong is a sentence, not a traceback."""
    asked = parsed(arguments)
    set_up_logs(verbose=asked.verbose, as_json=asked.command == "run" and not asked.once)
    command = import_module(f"worker.cli.{COMMANDS[asked.command].module}")  # what it needs comes with it

    gc.freeze()  # modules stay, and millions of short-lived figures hold no cycles: looking for them took a third
    gc.set_threshold(50_000, 20, 20)
    try:
        code = int(getattr(command, asked.command.replace("-", "_"))(asked))
        sys.stdout.flush()
    except (VigieError, OSError) as error:
        return _told(error, asked)
    except KeyboardInterrupt:
        return 130
    else:
        return code
    finally:
        logging.shutdown()


def _told(error: VigieError | OSError, asked: Namespace) -> int:
    """Say what went wrong in the user's language, and give the exit code."""
    from worker.cli.complaints import FAILED, TO_CHANGE, complain, problem_line, said, to_standard_error
    from worker.cli.language import language_of
    from worker.wording import translator_for

    translator = translator_for(language_of(asked))
    match error:
        case PlanError():
            for problem in error.problems:
                to_standard_error(problem_line(problem, translator))
            return TO_CHANGE
        case VigieError():
            complain(said(error.message, translator))
        case _ if not isinstance(error, BrokenPipeError):  # a reader that went away: nothing more to say to it
            place = error.filename or (translator.say("standard output") if _drop_output() else asked.command)
            complain(f"{place}{translator.say(': ')}{translator.say(error.strerror or str(error))}")
        case _:
            _drop_output()
    return FAILED


def _drop_output() -> bool:
    """Drop what a standard output that takes nothing more still holds: at the end Python would try again, and fail."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    return False
