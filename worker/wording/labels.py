"""PURE. The labels that a plan looks for, in words."""

from functools import reduce

from config.globs import is_literal
from config.message import Message, message
from config.vocabulary import Dimension
from config.vocabulary import label as shown
from worker.model.labels import SoughtLabel, UnseenLabel
from worker.wording.outside import harmless
from worker.wording.terms import DIMENSIONS


def label_text(label: SoughtLabel) -> Message:
    """What a label looks at, as it stands behind "nothing carries"."""
    return reduce(_both, (_dimension_text(dimension, patterns) for dimension, patterns in label.patterns))


def _both(one: Message, other: Message) -> Message:
    return message("{one} with {other}", one=one, other=other)


def _dimension_text(dimension: Dimension, patterns: tuple[str, ...]) -> Message:
    name = Message(DIMENSIONS[dimension])
    first, *others = (message("“{value}”", value=value_text(pattern, dimension)) for pattern in patterns)
    values = reduce(lambda one, other: message("{one} or {other}", one=one, other=other), others, first)
    return message("{dimension} {values}", dimension=name, values=values)


def value_text(value: str, dimension: Dimension) -> Message:
    """A value or pattern; the channels that have names in every language by theirs."""
    return shown(harmless(value), dimension if is_literal(value) else None)


def unseen_text(unseen: UnseenLabel) -> Message:
    """A label, and the one there is that comes nearest."""
    words = label_text(unseen.label)
    if not unseen.nearest:
        return words
    return message("{label} (nearest: “{nearest}”)", label=words, nearest=harmless(unseen.nearest))
