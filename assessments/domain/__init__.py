"""Instruments, responses, scores and plans as plain values: no framework, database or clock."""
