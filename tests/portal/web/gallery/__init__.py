"""Every component on one page, for tests and for the eye."""

from pathlib import Path

TEMPLATE = Path(__file__).parent / "gallery.html"
