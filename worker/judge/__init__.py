"""PURE. Figures -> verdicts. Two questions, never mixed: the outcome, a fact; the outlook, a judgement."""
