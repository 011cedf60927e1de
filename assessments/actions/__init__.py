"""Writes: one function per thing that can happen, each refusing before it changes anything."""
