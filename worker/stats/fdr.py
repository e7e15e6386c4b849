"""PURE. Which of many proofs stand: of hundreds of actions on target, some look bad by chance every day."""

from collections.abc import Sequence

FALSE_SHARE = 0.1  #: of the alerts of one run, the share that may be false


def benjamini_hochberg(ps: Sequence[float], false_share: float = FALSE_SHARE) -> tuple[bool, ...]:
    """For each p of one run, in its order, whether it stands, so that no more than a share of those that do is false.

    Benjamini and Hochberg's procedure (1995). Equal ps stand or fall together.
    """
    count = len(ps)
    last = max((p for rank, p in enumerate(sorted(ps), 1) if p * count <= false_share * rank), default=-1.0)
    return tuple(p <= last for p in ps)
