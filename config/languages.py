"""The languages that Vigie speaks: English, and every one that there is a catalogue of."""

from pathlib import Path

#: ``<language>/LC_MESSAGES/vigie.po``; kept with what is said, and looked up here so that a plan may name its language
CATALOGUES = Path(__file__).parents[1] / "worker" / "wording" / "locale"

LANGUAGES: tuple[str, ...] = ("en", *sorted(path.parent.parent.name for path in CATALOGUES.glob("*/*/vigie.po")))
