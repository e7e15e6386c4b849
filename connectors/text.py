"""Text from the world, made harmless once, at the door: anyone can visit a shop with any campaign name."""

import hashlib
import re
import unicodedata

LONGEST = 256  # characters kept of a label

# Controls, marks that turn the direction of writing, joiners that nobody sees, line and paragraph separators.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def clean(text: str) -> str:
    """One line of composed, visible characters, surrounding space taken off; a long one cut, told apart by a hash."""
    if text.isascii() and text.isprintable() and len(text) <= LONGEST:
        return text.strip()
    plain = _UNSEEN.sub("", unicodedata.normalize("NFC", " ".join(text.split()))).strip()
    if len(plain) <= LONGEST:
        return plain
    return f"{plain[: LONGEST - 17]}#{hashlib.sha256(plain.encode()).hexdigest()[:16]}"
