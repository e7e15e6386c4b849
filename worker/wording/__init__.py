"""PURE. Figures and verdicts in words, in each person's language: the only place where they become text."""

from worker.wording.translator import LANGUAGES, Translator, translator_for

__all__ = ["LANGUAGES", "Translator", "translator_for"]
