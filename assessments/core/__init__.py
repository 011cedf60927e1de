"""Instrument, scoring and planning as a library: plain Python, no Django."""
