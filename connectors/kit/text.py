"""Text from the world, made harmless once, at the door: anyone can visit a shop with any campaign name."""

import base64
import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

LONGEST = 256  # characters kept of a label

# Controls, marks that turn the direction of writing, joiners, fillers and tags that nobody sees, separators of lines.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e007f]"
)


def clean(text: str) -> str:
    """One line of composed, visible characters, words one space apart; a long one cut, told apart by a hash."""
    if len(text) <= LONGEST and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    words = (_UNSEEN.sub("", word) for word in text.split())
    plain = unicodedata.normalize("NFC", " ".join(word for word in words if word))
    if len(plain) <= LONGEST:
        return plain
    return f"{plain[: LONGEST - 17]}#{hashlib.sha256(plain.encode()).hexdigest()[:16]}"


class Mask:
    """Puts ``***`` in the place of secrets: as they are, or as a URL, a header, JSON or a page writes them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets if secret for form in _forms(secret)}
        longest_first = sorted(forms, key=lambda form: (-len(form), form))
        self._longest = len(longest_first[0]) if forms else 0
        self._pattern = re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if forms else None

    def __call__(self, text: str) -> str:
        """The text without its secrets."""
        return self._pattern.sub("***", text) if self._pattern else text

    def beginning(self, content: bytes, most: int) -> str:
        """About the first ``most`` bytes as text without secrets, nor half of one where it is cut."""
        text = self(content[:most].decode("utf-8", "replace"))
        return text if len(content) <= most else text[: max(0, len(text) - self._longest)]


def _forms(secret: str) -> set[str]:
    plain = secret.encode("utf-8", "surrogateescape")  # as the environment gives what is no UTF-8
    forms = {secret, quote(plain), quote(plain, safe=""), quote_plus(plain), html.escape(secret)}
    forms |= {json.dumps(secret)[1:-1], json.dumps(secret).replace("/", "\\/")[1:-1]}
    return forms | {base64.b64encode(plain).decode()}
