"""Codes and their names, each once."""
