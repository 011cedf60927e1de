"""Pages: through the door, one call, render."""
