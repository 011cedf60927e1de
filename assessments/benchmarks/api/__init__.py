"""Releases and code lists over the API."""
