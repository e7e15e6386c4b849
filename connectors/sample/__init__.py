"""Figures for demonstrations and tests."""
