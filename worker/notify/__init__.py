"""Verdicts -> flags -> messages -> mail: who is told what, once, and why."""
