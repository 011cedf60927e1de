"""Benchmark releases: candidates, audit, decisions, publishing, notes and uptake."""
