"""Figures from the sources into the store."""
