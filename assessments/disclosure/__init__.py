"""Disclosure control as a library: plain Python with NumPy and SciPy, no Django."""
