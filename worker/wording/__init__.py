"""PURE. Figures and verdicts in words, in each person's language: the only place where they become text."""

from worker.wording.translator import LANGUAGES, Words, words

__all__ = ["LANGUAGES", "Words", "words"]
