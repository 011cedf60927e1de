"""Editions of the questionnaires."""
