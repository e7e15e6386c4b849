"""Visits and what they do."""
