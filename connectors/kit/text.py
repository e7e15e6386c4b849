"""Text from the world, made harmless once, at the door: anyone can visit a shop with any campaign name."""

import base64
import hashlib
import html
import json
import re
import unicodedata
from collections.abc import Iterable
from html.parser import HTMLParser
from urllib.parse import quote, quote_plus

LONGEST = 256  # characters kept of a label

# Controls, marks that turn the direction of writing, joiners, fillers and tags that nobody sees, separators of lines.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e007f]"
)

_TAG = re.compile(r"(?i)<(!--|(!doctype html|html|head|body|title|meta|h[1-6]|p|div|span|center|br|b|pre|table)\b)")
_UNREAD = ("script", "style", "svg", "noscript")  #: what nobody reads of a page
_WITHIN = ("a", "b", "code", "em", "i", "span", "strong", "u", "wbr")
_STATUS = re.compile(r"^[1-5]\d\d\b[\s:–-]*")  # "502 Bad Gateway": the status is told anyway


def clean(text: str) -> str:
    """One line of composed, visible characters, words one space apart; a long one cut, told apart by a hash."""
    if len(text) <= LONGEST and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    words = (_UNSEEN.sub("", word) for word in text.split())
    plain = unicodedata.normalize("NFC", " ".join(word for word in words if word))
    if len(plain) <= LONGEST:
        return plain
    return f"{plain[: LONGEST - 17]}#{hashlib.sha256(plain.encode()).hexdigest()[:16]}"


def is_page(text: str) -> bool:
    """Whether a text is HTML, or a piece of it: whole pages, and what frameworks print of their errors."""
    return bool(_TAG.match(text.lstrip("\ufeff \t\r\n")))


def page_text(page: str) -> str:
    """What a reader sees of a page: its title, and its text where that says more. No script, no tag."""
    reader = _Page()
    reader.feed(page)
    reader.close()
    title, text = (_STATUS.sub("", " ".join("".join(parts).split())) for parts in (reader.title, reader.text))
    return text if not title or text.startswith(title) else f"{title} {text}".strip()


class _Page(HTMLParser):
    """Takes a page apart into its title and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.title: list[str] = []
        self.text: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in ("title", *_UNREAD):
            self._inside = tag
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = ""
        self._part(tag)

    def _part(self, tag: str) -> None:
        """A tag ends a word, but for those within a line."""
        if tag not in _WITHIN:
            self.text.append(" ")

    def handle_data(self, data: str) -> None:
        if self._inside not in _UNREAD:
            (self.title if self._inside else self.text).append(data)


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
