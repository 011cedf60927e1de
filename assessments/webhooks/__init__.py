"""Telling subscribers of releases."""
