"""What was asked: plans, sources, settings, and the words they are written in. Imports nothing of ours."""

__project__ = "vigie"
