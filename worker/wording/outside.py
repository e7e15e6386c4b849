"""Words that came from outside, made fit for a mail."""

import re

LONGEST = 300  # characters kept

#: endings of names that look like a site's and are a file's
_FILES = "csv|db|eml|gz|html|json|parquet|tsv|txt|xlsx|yaml|yml"
_SITE = re.compile(rf"(?i)(?<=\w)[.\u3002\uff0e\uff61](?!(?:{_FILES})\b)(?=[^\W\d_]{{2}})")
_SCHEME = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*):(?=//)|\b(mailto|javascript|data|tel):")


def harmless(text: str) -> str:
    """Words that came from outside, as one line that no mail program makes a link of."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    cut = plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"
    return _SITE.sub("[.]", _SCHEME.sub(lambda found: f"{found[1] or found[2]}[:]", cut))
