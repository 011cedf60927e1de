"""Results and their PDF reports."""
