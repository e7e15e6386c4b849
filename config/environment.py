"""Who sits at the terminal, by what the environment says of them.

Beside ``config.settings`` the only module that reads the environment; it loads nothing, as ``vigie --help`` needs it.
"""

import os
from collections.abc import Mapping

from config.languages import LANGUAGES

_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")  # in the order of POSIX: the first that is set decides


def language_of_locale(environ: Mapping[str, str] = os.environ) -> str:
    """The language of the locale, as ``fr`` of ``fr_FR.UTF-8``; English where Vigie does not speak it."""
    locale = next((environ[name] for name in _LOCALE if environ.get(name)), "")
    code = locale.partition("_")[0].partition(".")[0].lower()
    return code if code in LANGUAGES else "en"


def user_name(environ: Mapping[str, str] = os.environ) -> str:
    """Who is logged in; empty where nobody says so."""
    return environ.get("USER", "")
