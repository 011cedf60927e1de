"""Writes about benchmark releases: computing, auditing, deciding, publishing, notes."""
