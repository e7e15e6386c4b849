"""PURE. Which of many proofs hold: of hundreds of actions on target, some look bad by chance every day."""

from collections.abc import Sequence

FALSE_SHARE = 0.1  #: of the alerts of one run, the share that may be false


def benjamini_hochberg(ps: Sequence[float], false_share: float = FALSE_SHARE) -> tuple[bool, ...]:
    """For each p of one run, in its order, whether it holds, so that no more than a share of those that do is false.

    Equal ps hold or fall together.

    Source:
        Benjamini & Hochberg 1995, Controlling the false discovery rate, J. R. Statist. Soc. B 57, 289-300.
    """
    count = len(ps)
    last = max((p for rank, p in enumerate(sorted(ps), 1) if p * count <= false_share * rank), default=-1.0)
    return tuple(p <= last for p in ps)
